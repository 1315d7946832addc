"use strict";

// Frames: four bytes of length, big-endian, then so many bytes of JSON in UTF-8.

const LENGTH_BYTES = 4;
// Half of a pair: no text in UTF-8 has one, and a core refuses a frame that has.
const LONE_SURROGATES = /\p{Surrogate}/gu;

// What breaks a rule of frames; before a greeting it says that what answers is no core.
class FrameError extends Error {}

// Return a frame. Half a pair becomes U+FFFD, as everywhere where JavaScript writes UTF-8.
function writeFrame({ id, call, payload }) {
  const text = JSON.stringify({ id, call, payload: payload.replace(LONE_SURROGATES, "\ufffd") });
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + length);
  frame.writeUInt32BE(length);
  frame.write(text, LENGTH_BYTES);
  return frame;
}

// Return a reply; raise what is wrong with it.
function readReply(body) {
  let reply;
  try {
    reply = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    throw new FrameError("it sent a frame that is no JSON");
  }
  const { id, success, payload } = reply ?? {};
  if (typeof success !== "boolean" || typeof payload !== "string" || id === undefined) {
    throw new FrameError("it sent a frame that is no reply");
  }
  return { id, success, payload };
}

// Puts frames together from pieces; each piece is copied once, however many there are.
class FrameReader {
  #limit;
  #pieces = [];
  #size = 0;

  constructor(limit) {
    this.#limit = limit;
  }

  // Whether a frame has begun and not ended.
  get cut() {
    return this.#size > 0;
  }

  // Take a piece; yield the bodies of the frames that end in it.
  *take(piece) {
    this.#pieces.push(piece);
    this.#size += piece.length;
    while (this.#size >= LENGTH_BYTES) {
      const length = this.#length();
      if (length > this.#limit) {
        throw new FrameError(`it sent a frame of ${length} bytes, and ${this.#limit} are allowed`);
      }
      if (this.#size < LENGTH_BYTES + length) {
        return;
      }
      const whole = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
      const rest = whole.subarray(LENGTH_BYTES + length);
      this.#pieces = rest.length ? [rest] : [];
      this.#size = rest.length;
      yield whole.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
    }
  }

  #length() {
    while (this.#pieces[0].length < LENGTH_BYTES) {
      this.#pieces.splice(0, 2, Buffer.concat(this.#pieces.slice(0, 2)));
    }
    return this.#pieces[0].readUInt32BE();
  }
}

module.exports = { FrameError, FrameReader, LENGTH_BYTES, readReply, writeFrame };
