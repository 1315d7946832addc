"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const { PEER, makeFolder, refusal } = require("../fakes/bridges.js");

const core = require("../index.js");

test("the five functions, in the order of a program", async (t) => {
  const log = path.join(makeFolder(t), "log");
  process.env.PEER_LOG = log;
  process.env.STRONGROOM_CORE = JSON.stringify([process.execPath, PEER]);
  for (const id of ["1", "x", 1, undefined, null, {}]) {
    assert.equal(core.release_client(id), undefined); // which starts nothing
  }
  assert.equal(fs.existsSync(log), false);
  assert.equal(await core.init_client("say 7"), "7");
  assert.equal(await core.invoke("say a"), "a");
  assert.equal(core.invoke_sync("say b"), "b");
  for (const id of [1, undefined, null, {}, Symbol("x")]) {
    assert.equal(core.release_client(id), undefined);
  }
  assert.equal(core.release_client("7"), undefined);
  assert.equal(core.invoke_sync("say c"), "c");
  const got = fs.readFileSync(log, "utf8").trimEnd().split("\n").slice(2);
  const calls = ["init_client say 7", "invoke say a", "invoke_sync say b", "release_client 7"];
  assert.deepEqual(got, [...calls, "invoke_sync say c"]);
});

test("a client by workload identity is refused, and nothing is fetched", async () => {
  const fetcher = () => assert.fail("it was called");
  for (const configuration of ["{}", '{"serviceAccountToken": "x"}', "", undefined]) {
    const { name, message } = await refusal(core.init_client_oidc(configuration, fetcher));
    assert.deepEqual([name, message], ["Internal", "workload identity is not available"]);
  }
});
