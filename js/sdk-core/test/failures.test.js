"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { failure } = require("../lib/failures.js");
const { FAILURE_BYTES_MAX } = require("../lib/limits.js");

function longest(character) {
  const empty = failure("N", "").length;
  const width = failure("N", character).length - empty;
  return character.repeat(Math.floor((FAILURE_BYTES_MAX - empty) / width));
}

for (const character of ["x", "é", "€", '"', "\n", "\u007f"]) {
  test(`a failure has 8 KiB of ASCII at most: ${JSON.stringify(character)}`, () => {
    const most = longest(character);
    const whole = failure("N", most);
    assert.ok(whole.length <= FAILURE_BYTES_MAX);
    assert.equal(JSON.parse(whole).message, most);
    const cut = failure("N", most + character);
    assert.match(cut, /^[\x20-\x7e]*$/);
    assert.ok(cut.length <= FAILURE_BYTES_MAX && cut.length > FAILURE_BYTES_MAX - 20);
    assert.ok(JSON.parse(cut).message.endsWith(" [cut]"));
  });
}

test("a failure of any length is made at once", () => {
  assert.ok(JSON.parse(failure("N", "😀".repeat(10_000_000))).message.endsWith(" [cut]"));
});
