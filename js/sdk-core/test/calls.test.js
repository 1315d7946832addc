"use strict";

const assert = require("node:assert/strict");
const test = require("node:test");
const { Bridge } = require("../lib/bridge.js");
const limits = require("../lib/limits.js");
const { makeBridge, refusal } = require("../fakes/bridges.js");

test("the first frame is hello, and calls follow without waiting", async (t) => {
  const { bridge, got } = makeBridge(t);
  const both = [bridge.send("init_client", "say 7"), bridge.send("invoke", "say a")];
  assert.deepEqual(await Promise.all(both), ["7", "a"]);
  assert.deepEqual(got(), ["hello 1", "init_client say 7", "invoke say a"]);
});

test("answers find their calls in whatever pieces and order they come", async (t) => {
  const { bridge } = makeBridge(t);
  const one = bridge.send("invoke", "later");
  const two = bridge.send("invoke", "together both");
  assert.deepEqual(await Promise.all([one, two]), ["both", "both"]);
  assert.equal(await bridge.send("invoke", "pieces é€😀"), "é€😀");
  assert.equal(await bridge.send("invoke", "more"), "more");
});

test("a failure is handed on as it is, as a string", async (t) => {
  const { bridge } = makeBridge(t);
  const text = '{"name":"Internal",  "message":"é"}';
  await assert.rejects(bridge.send("invoke", `fail ${text}`), (thrown) => thrown === text);
  assert.throws(
    () => bridge.sendAndWait("invoke_sync", `fail ${text}`),
    (thrown) => thrown === text,
  );
});

test("a waiting call is answered first of all, and others meanwhile are not lost", async (t) => {
  const { bridge } = makeBridge(t);
  assert.equal(bridge.sendAndWait("invoke_sync", "say first"), "first");
  const around = [1, 2, 3].map((n) => bridge.send("invoke", `say ${n}`));
  assert.equal(bridge.sendAndWait("invoke_sync", "say now"), "now");
  assert.deepEqual(await Promise.all(around), ["1", "2", "3"]);
});

test("a release waits for nothing and starts nothing", async (t) => {
  const { bridge, got } = makeBridge(t);
  assert.equal(bridge.release("5"), undefined);
  assert.equal(await bridge.send("invoke", "say a"), "a");
  assert.equal(bridge.release("6"), undefined);
  assert.equal(await bridge.send("invoke", "say b"), "b");
  assert.deepEqual(got(), ["hello 1", "invoke say a", "release_client 6", "invoke say b"]);
});

test("half a pair travels as U+FFFD", async (t) => {
  const { bridge } = makeBridge(t);
  assert.equal(await bridge.send("invoke", "say a\ud800b\udc00 😀"), "a\ufffdb\ufffd 😀");
});

test("a message of 50 MiB is sent whole, and one byte more is refused", async (t) => {
  const { bridge, got } = makeBridge(t);
  const most = `say ${"é".repeat(limits.MESSAGE_BYTES_MAX / 2 - 2)}`;
  assert.equal(Buffer.byteLength(most), limits.MESSAGE_BYTES_MAX);
  for (const call of ["invoke", "init_client"]) {
    const { name, message } = await refusal(bridge.send(call, `${most}x`));
    assert.equal(name, "InvalidConfiguration");
    assert.equal(message, "message size exceeds the limit of 52428800 bytes");
  }
  assert.throws(() => bridge.sendAndWait("invoke_sync", `${most}x`), /exceeds the limit/);
  assert.ok((await bridge.send("invoke", most)) === most.slice(4));
  assert.equal(got().length, 2);
});

test("an answer as long as a frame can be arrives", async (t) => {
  const { bridge } = makeBridge(t, { limits: { FRAME_BYTES_MAX: 100_000 } });
  assert.ok((await bridge.send("invoke", "sized 100000")).startsWith("xxx"));
  const { message } = await refusal(bridge.send("invoke", "sized 100001"));
  assert.match(message, /it sent a frame of 100001 bytes, and 100000 are allowed$/);
});

test("a message that is too long only as a frame is refused alone", async (t) => {
  const { bridge } = makeBridge(t, { limits: { FRAME_BYTES_MAX: 1_000 } });
  const other = bridge.send("invoke", "say a");
  const rest = JSON.stringify({ id: 2, call: "invoke", payload: "say " }).length;
  const most = "\u0001".repeat(100) + "x".repeat(1_000 - rest - 600);
  assert.equal(await bridge.send("invoke", `say ${most}`), most);
  const { message } = await refusal(bridge.send("invoke", `say ${most}x`));
  assert.match(message, /^message size exceeds the limit/);
  assert.equal(await other, "a");
});

test("an answer of many megabytes arrives, waited for or not", async (t) => {
  const { bridge } = makeBridge(t);
  const size = 30 * 1024 * 1024;
  assert.equal((await bridge.send("invoke", `repeat ${size}`)).length, size);
  assert.equal(bridge.sendAndWait("invoke_sync", `repeat ${size}`).length, size);
});

test("what is no text is refused", async (t) => {
  const { bridge } = makeBridge(t);
  for (const wrong of [undefined, null, 5, {}, Buffer.from("x")]) {
    const { name, message } = await refusal(bridge.send("invoke", wrong));
    assert.deepEqual([name, message], ["InvalidConfiguration", "invoke takes a text"]);
  }
});

test("a thread that does not start fails who waits for it", () => {
  const bridge = new Bridge({ STRONGROOM_CORE: "none" }, { START_MS: 0 });
  assert.throws(() => bridge.sendAndWait("invoke_sync", "x"), /CoreUnavailable.*did not start/);
});
