"use strict";

// Failures as the SDK reads them: a text of ASCII JSON with `name` and `message`.

const { FAILURE_BYTES_MAX, MESSAGE_BYTES_MAX } = require("./limits.js");

const CUT = " [cut]";
// A token, wherever it may have come from: a variable that was set wrongly, or a peer's words.
const TOKEN = /ops_[A-Za-z0-9+/=_-]{8,}/g;
const NOT_ASCII = /[\u007f-\uffff]/g;

function escape(text) {
  return JSON.stringify(text).replace(
    NOT_ASCII,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function write(name, message) {
  return `{"name": ${escape(name)}, "message": ${escape(message)}}`;
}

// Return what is thrown; a message for which there is no room is cut at its end.
function failure(name, message) {
  // More than has room is not even looked at.
  let told = message.slice(0, FAILURE_BYTES_MAX).replace(TOKEN, "ops_[…]");
  let cut = message.length > FAILURE_BYTES_MAX;
  let text = write(name, cut ? told + CUT : told);
  while (text.length > FAILURE_BYTES_MAX) {
    cut = true;
    // Each character takes up to six bytes: what is over goes in few steps.
    told = told.slice(0, -Math.max(1, Math.ceil((text.length - FAILURE_BYTES_MAX) / 6)));
    text = write(name, told + CUT);
  }
  return text;
}

function unavailable(reason) {
  return failure("CoreUnavailable", reason);
}

function tooLong() {
  return failure(
    "InvalidConfiguration",
    `message size exceeds the limit of ${MESSAGE_BYTES_MAX} bytes`,
  );
}

// Return why a payload cannot be sent, or nothing.
function textFailure(call, payload) {
  if (typeof payload !== "string") {
    return failure("InvalidConfiguration", `${call} takes a text`);
  }
  return Buffer.byteLength(payload) > MESSAGE_BYTES_MAX ? tooLong() : undefined;
}

module.exports = { failure, textFailure, tooLong, unavailable };
