"use strict";

// Bridges to scripted peers, for tests.

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { Bridge } = require("../lib/bridge.js");

const PEER = path.join(__dirname, "peer.js");

// Return a folder of this test's own, which nobody else may write in.
function makeFolder(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "core-"));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

// Return a bridge to a peer that greets so, what the peer gets, and the numbers of its processes.
function makeBridge(t, { greeting = "1", limits = {}, environment = {} } = {}) {
  const log = path.join(makeFolder(t), "log");
  const bridge = new Bridge(
    {
      PATH: process.env.PATH,
      PEER_LOG: log,
      STRONGROOM_CORE: JSON.stringify([process.execPath, PEER, greeting]),
      ...environment,
    },
    limits,
  );
  const lines = () => fs.readFileSync(log, "utf8").trimEnd().split("\n");
  const got = () => lines().filter((line) => !line.startsWith("process "));
  const pids = () => lines().flatMap((line) => (line.match(/^process (.*)/) ?? []).slice(1));
  return { bridge, got, pids };
}

// Return what a promise was rejected with, parsed: name and message.
async function refusal(promise) {
  try {
    await promise;
  } catch (thrown) {
    if (typeof thrown !== "string") {
      throw thrown;
    }
    return JSON.parse(thrown);
  }
  throw new Error("it was not refused");
}

module.exports = { PEER, makeBridge, makeFolder, refusal };
