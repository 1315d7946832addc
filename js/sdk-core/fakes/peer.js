"use strict";

// A core that does as it is told: the first argument says how it greets, and the payload of each
// call what it does. Its number and what it gets go into the file PEER_LOG, a line each.

const fs = require("node:fs");
const net = require("node:net");
const { spawn } = require("node:child_process");

const [greeting = "1", socket] = process.argv.slice(2);

function frame(body) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const head = Buffer.alloc(4);
  head.writeUInt32BE(bytes.length);
  return Buffer.concat([head, bytes]);
}

const DONE = (id, payload) => frame({ id, success: true, payload });
const FAILED = (id, payload) => frame({ id, success: false, payload });

if (greeting === "stubborn") {
  process.on("SIGTERM", () => {});
  setInterval(() => {}, 1_000);
}

const GREETINGS = {
  stubborn: () => [],
  silent: () => [],
  null: () => [FAILED(null, '{"name": "Internal", "message": "this socket is not for you"}')],
  old: (id) => [FAILED(id, '{"name": "InvalidConfiguration", "message": "only version 7"}')],
};

// What to write for a call; a number ends the peer with that status.
const ACTIONS = {
  say: (id, text) => [DONE(id, text)],
  fail: (id, text) => [FAILED(id, text)],
  repeat: (id, size) => [DONE(id, "x".repeat(Number(size)))],
  sized: (id, size) => [DONE(id, "x".repeat(Number(size) - DONE(id, "").length + 4))],
  more: (id) => [frame({ id, success: true, payload: "more", beyond: [1] })],
  pieces: (id, text) => [...DONE(id, text)].map((byte) => Buffer.from([byte])),
  together: (id, text) => [Buffer.concat([DONE(id, text), DONE(id - 1, text)])],
  later: () => [],
  cut: (id) => [DONE(id, "cut").subarray(0, -3), 0],
  head: () => [Buffer.from([0, 0]), 0],
  long: (id, size) => [Buffer.from([0xff, 0xff, 0xff, 0xff])],
  raw: (id, text) => [frame(Buffer.from(text, "latin1"))],
  stranger: (id) => [DONE(id + 1000, "")],
  twice: (id) => [DONE(id, "twice"), DONE(id, "twice")],
  die: (id, status) => [Number(status)],
  // Its output ends before it does, or after.
  mute: () => {
    process.on("SIGTERM", () => process.exit());
    fs.closeSync(1);
    return [];
  },
  heir: () => {
    const heir = 'setTimeout(() => {}, 20_000); process.stderr.on("error", () => {})';
    const stdio = ["ignore", process.stdout, "ignore"];
    log(`process ${spawn(process.execPath, ["-e", heir], { stdio, detached: true }).pid}`);
    return [5];
  },
  leave: (id) => [DONE(id, "bye"), 0],
  environment: (id, name) => [DONE(id, String(process.env[name]))],
  pid: (id) => [DONE(id, String(process.pid))],
};

function log(line) {
  if (process.env.PEER_LOG) {
    fs.appendFileSync(process.env.PEER_LOG, `${line}\n`);
  }
}

async function answer({ id, call, payload }, stream) {
  log(`${call} ${payload}`);
  const [word, ...rest] = payload.split(" ");
  let parts = [DONE(id, "")];
  if (call === "hello") {
    parts = (GREETINGS[greeting] ?? ((number) => [DONE(number, greeting)]))(id);
  } else if (call !== "release_client") {
    parts = ACTIONS[word](id, rest.join(" "));
  }
  for (const part of parts) {
    if (typeof part === "number") {
      await new Promise((resolve) => stream.write("", resolve));
      process.exit(part);
    }
    await new Promise((resolve) => stream.write(part, resolve));
  }
}

function serve(input, output) {
  let pieces = [];
  let size = 0;
  let turn = Promise.resolve();
  input.on("data", (piece) => {
    pieces.push(piece);
    size += piece.length;
    while (size >= 4) {
      pieces = pieces[0].length < 4 ? [Buffer.concat(pieces)] : pieces;
      const end = 4 + pieces[0].readUInt32BE();
      if (size < end) {
        return;
      }
      const held = Buffer.concat(pieces);
      const request = JSON.parse(held.subarray(4, end).toString());
      pieces = [held.subarray(end)];
      size -= end;
      turn = turn.then(() => answer(request, output));
    }
  });
  input.on("error", () => {});
  output.on("error", () => {});
}

log(`process ${process.pid}`);
if (socket === undefined) {
  serve(process.stdin, process.stdout);
} else {
  const server = net.createServer((stream) => serve(stream, stream));
  server.listen(socket, () => process.stdout.write("listening\n"));
}
