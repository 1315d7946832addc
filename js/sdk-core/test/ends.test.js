"use strict";

const assert = require("node:assert/strict");
const { once } = require("node:events");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const { setTimeout: pause } = require("node:timers/promises");
const { Worker } = require("node:worker_threads");
const { PEER, makeBridge, makeFolder, refusal } = require("../fakes/bridges.js");

const TOKEN = "ops_eyJjYW5hcnkiOiJub3QgYSByZWFsIHRva2VuIn0";

// What a core does wrong, and what is said of it.
const WRONGS = {
  cut: /it closed its output, within a frame|it ended with 0, within a frame/,
  head: /it closed its output, within a frame|it ended with 0, within a frame/,
  long: /it sent a frame of 4294967295 bytes, and 104858624 are allowed/,
  "raw x": /it sent a frame that is no JSON/,
  "raw \xff": /it sent a frame that is no JSON/,
  "raw ": /it sent a frame that is no JSON/,
  "raw null": /it sent a frame that is no reply/,
  "raw []": /it sent a frame that is no reply/,
  'raw {"id": 1, "success": 1, "payload": ""}': /it sent a frame that is no reply/,
  'raw {"id": 1, "success": true}': /it sent a frame that is no reply/,
  'raw {"success": true, "payload": ""}': /it sent a frame that is no reply/,
  'raw {"id": "1", "success": true, "payload": ""}': /it sent a reply to no call/,
  'raw {"id": null, "success": true, "payload": ""}': /it sent a reply to no call/,
  stranger: /it sent a reply to no call/,
  "die 3": /it ended with 3/,
};

for (const [wrong, said] of Object.entries(WRONGS)) {
  test(`every call at work fails once when a core does this: ${wrong}`, async (t) => {
    const { bridge, got } = makeBridge(t);
    const calls = [bridge.send("invoke", "later"), bridge.send("invoke", wrong)];
    for (const { name, message } of await Promise.all(calls.map(refusal))) {
      assert.equal(name, "CoreUnavailable");
      assert.match(message, said);
    }
    assert.equal(await bridge.send("invoke", "say again"), "again");
    const expected = ["hello 1", "invoke later", `invoke ${wrong}`, "hello 1", "invoke say again"];
    assert.deepEqual(got(), expected);
  });
}

test("a core whose output ends has ended, though it goes on itself", async (t) => {
  const { bridge } = makeBridge(t, { limits: { REASON_MS: 100 } });
  const { message } = await refusal(bridge.send("invoke", "mute"));
  assert.match(message, /it closed its output$/);
  assert.equal(await bridge.send("invoke", "say again"), "again");
});

test("a core that has ended is not waited for because somebody has its output", async (t) => {
  const { bridge, pids } = makeBridge(t, { limits: { REASON_MS: 1_000 } });
  const before = await bridge.send("invoke", "pid");
  const first = refusal(bridge.send("invoke", "heir"));
  await gone(before);
  assert.equal(await bridge.send("invoke", "say again"), "again");
  assert.match((await first).message, /it ended with 5$/);
  process.kill(Number(pids()[1]), "SIGKILL");
});

for (const [greeting, left] of [["1", 0], ["stubborn", 1]]) {
  test(`a thread waits for its core when it ends, and not for ever: ${greeting}`, async (t) => {
    const log = path.join(makeFolder(t), "log");
    const core = JSON.stringify([process.execPath, PEER, greeting]);
    const env = { PATH: process.env.PATH, PEER_LOG: log, STRONGROOM_CORE: core };
    const limits = { CLOSE_MS: left ? 100 : 20_000, HELLO_MS: 20_000 };
    const program = path.join(__dirname, "../fakes/thread.js");
    const thread = new Worker(program, { env, workerData: limits });
    await once(thread, "exit");
    const pid = /^process (\d+)$/m.exec(fs.readFileSync(log, "utf8"))[1];
    assert.equal(fs.existsSync(`/proc/${pid}`), left === 1);
    if (left) {
      process.kill(Number(pid), "SIGKILL");
    }
  });
}

test("a call that was answered stays answered when its reply comes twice", async (t) => {
  const { bridge } = makeBridge(t);
  const other = refusal(bridge.send("invoke", "later"));
  assert.equal(await bridge.send("invoke", "twice"), "twice");
  assert.match((await other).message, /it sent a reply to no call/);
});

test("who waits is told of an end too", async (t) => {
  const { bridge } = makeBridge(t);
  assert.throws(() => bridge.sendAndWait("invoke_sync", "die 4"), /CoreUnavailable.*ended with 4/);
  assert.equal(bridge.sendAndWait("invoke_sync", "say again"), "again");
});

test("a core that ends between calls is replaced", async (t) => {
  const { bridge } = makeBridge(t);
  const before = await bridge.send("invoke", "pid");
  process.kill(Number(before), "SIGKILL");
  await gone(before);
  assert.notEqual(await bridge.send("invoke", "pid"), before);
});

for (const greeting of ["silent", "stubborn"]) {
  test(`a core that was given up is asked to end, and else ended: ${greeting}`, async (t) => {
    const limits = { HELLO_MS: 200, END_MS: 200 };
    const { bridge, pids } = makeBridge(t, { greeting, limits });
    const { name } = await refusal(bridge.send("invoke", "later"));
    assert.equal(name, "CoreUnavailable");
    await Promise.all(pids().map(gone));
  });
}

const GREETINGS = {
  silent: /it did not answer within 0\.2 seconds$/,
  2: /it does not speak version 1$/,
  old: /it does not speak version 1: only version 7$/,
  null: /it refused the connection: this socket is not for you$/,
};

for (const [greeting, said] of Object.entries(GREETINGS)) {
  test(`a core that greets so is not used: ${greeting}`, async (t) => {
    const limits = greeting === "silent" ? { HELLO_MS: 200 } : {};
    const { bridge } = makeBridge(t, { greeting, limits });
    for (const _ of [1, 2]) {
      const { name, message } = await refusal(bridge.send("invoke", "later"));
      assert.equal(name, "CoreUnavailable");
      assert.match(message, said);
    }
  });
}

test("once greeted, a core may take its time", async (t) => {
  const { bridge } = makeBridge(t, { limits: { HELLO_MS: 3_000 } });
  await bridge.send("invoke", "say a");
  const slow = bridge.send("invoke", "later");
  await pause(3_300);
  assert.equal(await bridge.send("invoke", "say b"), "b");
  bridge.send("invoke", "die 0").catch(() => {});
  await refusal(slow);
});

test("a token is in no failure, whoever has put it there", async (t) => {
  const wrongs = [
    { STRONGROOM_CORE: TOKEN },
    { STRONGROOM_CORE: `unix:/${TOKEN}/x` },
    { STRONGROOM_CORE: `["${TOKEN}` },
    { STRONGROOM_CORE: "unix:/x", STRONGROOM_CORE_USER: TOKEN },
  ];
  for (const environment of wrongs) {
    const { bridge } = makeBridge(t, { environment });
    const { name, message } = await refusal(bridge.send("invoke", TOKEN));
    assert.equal(name, "CoreUnavailable");
    assert.ok(!message.includes(TOKEN.slice(8)), message);
  }
  const { bridge } = makeBridge(t);
  const told = `raw {"id": null, "success": false, "payload": "{\\"message\\": \\"${TOKEN}\\"}"}`;
  const { message } = await refusal(bridge.send("invoke", told));
  assert.ok(!message.includes(TOKEN.slice(8)), message);
});

test("the token is not in the environment of the core, and all else is", async (t) => {
  const { bridge } = makeBridge(t, {
    environment: { OP_SERVICE_ACCOUNT_TOKEN: TOKEN, CANARY: "sings" },
  });
  assert.equal(await bridge.send("invoke", "environment OP_SERVICE_ACCOUNT_TOKEN"), "undefined");
  assert.equal(await bridge.send("invoke", "environment CANARY"), "sings");
});

async function gone(pid) {
  while (fs.existsSync(`/proc/${pid}`)) {
    await pause(10);
  }
}
