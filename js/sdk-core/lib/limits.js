"use strict";

// The limits of specs/core.md, sections 7 to 9.

const MESSAGE_BYTES_MAX = 50 * 1024 * 1024;

module.exports = {
  // A configuration or a message, in UTF-8. The SDK has the same limit.
  MESSAGE_BYTES_MAX,
  // Twice a message, whose every character may be escaped by one more, and the rest of a frame.
  FRAME_BYTES_MAX: 2 * MESSAGE_BYTES_MAX + 1024,
  // The SDK reads failures of other cores byte by byte; a long one overflows its stack.
  FAILURE_BYTES_MAX: 8 * 1024,
  // What the system takes as the path of a socket.
  SOCKET_PATH_BYTES_MAX: 107,
  // Every number of a user is below; the largest one means none.
  USER_MAX: 2 ** 32 - 2,
  // A core answers `hello` in some milliseconds; a computer that has just started, with a cold
  // disk, takes seconds.
  HELLO_MS: 30_000,
  // A thread starts in some milliseconds. Who waits without a loop of events cannot be told
  // otherwise that it never will.
  START_MS: 30_000,
  // A child is asked to end, and gives the calls at work 10 seconds. Then it is ended.
  END_MS: 12_000,
  // A thread of the program that ends waits so long for its core, which takes less than a tenth.
  CLOSE_MS: 2_000,
  // Between the end of a child's output and that of the child, which has the reason.
  REASON_MS: 1_000,
};
