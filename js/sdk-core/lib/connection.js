"use strict";

// One core, from the first call to its end: its streams, and the calls that it was sent.
//
// What was sent and not answered when it ends has failed, and is never sent again.

const { tooLong, unavailable } = require("./failures.js");
const { FrameError, FrameReader, LENGTH_BYTES, readReply, writeFrame } = require("./frames.js");
const { findPlace, openPlace } = require("./place.js");

const VERSION = "1";
const HELLO = { id: 0, call: "hello", payload: VERSION };

class Connection {
  ended = false; // nothing comes any more
  closing = false; // nothing is read any more; replies may still come
  #limits;
  #tell;
  #name = "no core";
  #streams; // how to write to it, and how to end it
  #frames;
  #sent = new Set(); // numbers of calls without a reply
  #hello;

  // Find a core and greet it. `tell` takes each reply.
  constructor({ environment, limits, tell }) {
    this.#limits = limits;
    this.#tell = tell;
    this.#frames = new FrameReader(limits.FRAME_BYTES_MAX);
    try {
      const place = findPlace(environment, limits);
      this.#name = place.name;
      this.#streams = openPlace(place, {
        environment,
        limits,
        onPiece: (piece) => this.#take(piece),
        onLast: () => {
          this.closing = true;
        },
        onEnd: (reason) => this.end(this.#frames.cut ? `${reason}, within a frame` : reason),
      });
    } catch (error) {
      this.end(error.message);
      return;
    }
    const late = () => this.end(`it did not answer within ${limits.HELLO_MS / 1000} seconds`);
    this.#hello = setTimeout(late, limits.HELLO_MS);
    this.send(HELLO);
  }

  send(request) {
    if (this.ended) {
      this.#fail(request.id);
      return;
    }
    this.#sent.add(request.id);
    const frame = writeFrame(request);
    if (frame.length - LENGTH_BYTES > this.#limits.FRAME_BYTES_MAX) {
      this.#sent.delete(request.id);
      this.#tell({ id: request.id, success: false, payload: tooLong() });
      return;
    }
    this.#streams.write(frame);
  }

  // End it, for a reason; all that it was asked has failed. Only the first reason counts.
  end(reason) {
    if (this.ended) {
      return;
    }
    this.ended = true;
    this.closing = true;
    this.reason = `${this.#name}: ${reason}`;
    clearTimeout(this.#hello);
    this.#streams?.end();
    this.#sent.delete(HELLO.id);
    for (const id of this.#sent) {
      this.#fail(id);
    }
    this.#sent.clear();
  }

  // End it because nobody needs it any more; `gone` is called when nothing is left of it.
  close(gone) {
    this.end("it is not needed any more");
    if (this.#streams === undefined) {
      gone();
    } else {
      this.#streams.whenGone(gone);
    }
  }

  #fail(id) {
    this.#tell({ id, success: false, payload: unavailable(this.reason) });
  }

  #take(piece) {
    if (this.ended) {
      return;
    }
    try {
      for (const body of this.#frames.take(piece)) {
        this.#reply(readReply(body));
      }
    } catch (error) {
      const foreign = error instanceof FrameError && this.#sent.has(HELLO.id);
      this.end(`${foreign ? "it does not answer as a core does: " : ""}${error.message}`);
    }
  }

  #reply(reply) {
    if (reply.id === null && !reply.success) {
      throw new Error(`it refused the connection: ${messageOf(reply.payload)}`);
    }
    if (!this.#sent.delete(reply.id)) {
      throw new Error("it sent a reply to no call");
    }
    if (reply.id === HELLO.id) {
      this.#greet(reply);
    } else {
      this.#tell(reply);
    }
  }

  #greet({ success, payload }) {
    clearTimeout(this.#hello);
    if (!success || payload !== VERSION) {
      const told = success ? "" : `: ${messageOf(payload)}`;
      throw new Error(`it does not speak version ${VERSION}${told}`);
    }
  }
}

function messageOf(payload) {
  try {
    return String(JSON.parse(payload).message);
  } catch {
    return "for no reason that can be read";
  }
}

module.exports = { Connection };
