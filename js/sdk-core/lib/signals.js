"use strict";

// Words of the memory that both threads see.

module.exports = {
  STARTED: 0, // 1 when the thread of the core runs
  TOLD: 1, // one more for each message that it has posted; who waits looks again when it changes
  GONE: 2, // 1 when the core has ended, after `close`
  WORDS: 3,
};
