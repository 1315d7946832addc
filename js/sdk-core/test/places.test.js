"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const { writeFrame } = require("../lib/frames.js");
const { checkSocket, openSocket } = require("../lib/socket.js");
const { PEER, makeBridge, makeFolder, refusal } = require("../fakes/bridges.js");

const AS_ROOT = { skip: process.geteuid() === 0 ? false : "only root can give files away" };
const ON_LINUX = { skip: process.platform === "linux" ? false : "only Linux can hold a folder" };
const SOMEBODY = 4711;

// Start a peer behind a socket in a folder.
async function serve(t, folder, greeting = "1", socket = path.join(folder, "core.sock")) {
  const stdio = ["ignore", "pipe", "inherit"];
  const peer = spawn(process.execPath, [PEER, greeting, socket], { stdio });
  t.after(() => peer.kill("SIGKILL"));
  await new Promise((resolve) => peer.stdout.once("data", resolve));
  return socket;
}

// Whether the process of a number serves the socket.
function serves(pid, socket) {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`\0${socket}\0`);
  } catch {
    return false;
  }
}

async function ask(t, environment) {
  const { bridge } = makeBridge(t, { environment });
  return bridge.send("invoke", "say hello");
}

async function refused(t, environment) {
  const { name, message } = await refusal(ask(t, environment));
  assert.equal(name, "CoreUnavailable");
  return message;
}

test("a core behind a socket is spoken with", async (t) => {
  const socket = await serve(t, makeFolder(t));
  assert.equal(await ask(t, { STRONGROOM_CORE: `unix:${socket}` }), "hello");
});

test("what is no socket is refused", async (t) => {
  const folder = makeFolder(t);
  const socket = await serve(t, folder);
  fs.writeFileSync(path.join(folder, "file"), "");
  fs.symlinkSync(socket, path.join(folder, "link"));
  for (const name of ["file", "link", "."]) {
    const message = await refused(t, { STRONGROOM_CORE: `unix:${folder}/${name}` });
    assert.match(message, /it is no socket$/);
  }
  const missing = await refused(t, { STRONGROOM_CORE: `unix:${folder}/none` });
  assert.match(missing, /it is not there: was/);
});

test("a folder that is a link is refused, however it is spelt", async (t) => {
  const folder = makeFolder(t);
  fs.mkdirSync(path.join(folder, "real"), { mode: 0o700 });
  await serve(t, path.join(folder, "real"));
  fs.symlinkSync("real", path.join(folder, "link"));
  assert.equal(await ask(t, { STRONGROOM_CORE: `unix:${folder}/real/core.sock` }), "hello");
  for (const name of ["link/core.sock", "link//core.sock", "link/./core.sock"]) {
    const message = await refused(t, { STRONGROOM_CORE: `unix:${folder}/${name}` });
    assert.match(message, /link is no folder$/);
  }
});

test("a folder in which others may write is refused, and no byte is sent", async (t) => {
  const folder = makeFolder(t);
  const socket = await serve(t, folder, "null"); // which would tell that something was sent
  for (const mode of [0o720, 0o702, 0o1777]) {
    fs.chmodSync(folder, mode);
    const message = await refused(t, { STRONGROOM_CORE: `unix:${socket}` });
    assert.equal(message, `core at ${socket}: others may write in ${folder}`);
  }
  fs.chmodSync(folder, 0o755);
  assert.match(await refused(t, { STRONGROOM_CORE: `unix:${socket}` }), /refused the connection/);
});

test("a socket or folder of somebody else is refused, unless it is named", AS_ROOT, async (t) => {
  const folder = makeFolder(t);
  const socket = await serve(t, folder);
  const environment = { STRONGROOM_CORE: `unix:${socket}` };
  fs.chownSync(socket, SOMEBODY, SOMEBODY);
  assert.match(await refused(t, environment), /it belongs to the user 4711$/);
  fs.chownSync(folder, SOMEBODY, SOMEBODY);
  assert.match(await refused(t, environment), /core-\w+ belongs to the user 4711$/);
  const named = { ...environment, STRONGROOM_CORE_USER: String(SOMEBODY) };
  assert.equal(await ask(t, named), "hello");
  const other = { ...environment, STRONGROOM_CORE_USER: String(SOMEBODY + 1) };
  assert.match(await refused(t, other), /belongs to the user 4711$/);
});

test("a folder is held from the look at it to the connection", ON_LINUX, async (t) => {
  const above = makeFolder(t);
  const [folder, foreign] = ["core", "foreign"].map((name) => path.join(above, name));
  fs.mkdirSync(folder, { mode: 0o700 });
  fs.mkdirSync(foreign, { mode: 0o700 });
  const socket = await serve(t, folder);
  await serve(t, foreign, "null"); // which would tell that it was reached
  const found = checkSocket(socket, undefined);
  fs.renameSync(folder, path.join(above, "away"));
  fs.renameSync(foreign, folder);
  const answer = new Promise((resolve, reject) => {
    const options = { onPiece: resolve, onEnd: (reason) => reject(new Error(reason)) };
    const stream = openSocket(found, options);
    t.after(stream.end);
    stream.write(writeFrame({ id: 0, call: "hello", payload: "1" }));
  });
  assert.match(String(await answer), /"success":true/);
});

test("a name of any length is reached in a folder that is held", async (t) => {
  const folder = fs.mkdtempSync("/tmp/c-");
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const socket = `${folder}/${"x".repeat(106 - folder.length)}`;
  await serve(t, folder, "1", socket);
  assert.equal(await ask(t, { STRONGROOM_CORE: `unix:${socket}` }), "hello");
});

test("a socket that nobody serves is refused", async (t) => {
  const folder = makeFolder(t);
  const socket = await serve(t, folder);
  const [pid] = fs.readdirSync("/proc").filter((name) => serves(name, socket));
  process.kill(Number(pid), "SIGKILL");
  const said = /it cannot be reached: ECONNREFUSED$/;
  assert.match(await refused(t, { STRONGROOM_CORE: `unix:${socket}` }), said);
});

test("the path of a socket has at most 107 bytes", async (t) => {
  const folder = makeFolder(t);
  const of = (length) => `${folder}/${"é".repeat(length)}`.slice(0, length - 1) + "x";
  const name = (bytes) => `${folder}/${"x".repeat(bytes - folder.length - 1)}`;
  const longest = await refused(t, { STRONGROOM_CORE: `unix:${name(107)}` });
  assert.match(longest, /it is not there: was a/);
  const message = await refused(t, { STRONGROOM_CORE: `unix:${name(108)}` });
  assert.match(message, /by a path of 108 bytes, and 107 are allowed$/);
  assert.match(await refused(t, { STRONGROOM_CORE: `unix:${of(107)}` }), /and 107 are allowed$/);
});

const WRONGS = [
  ["unix:", /path that is not absolute$/],
  ["unix:core.sock", /path that is not absolute$/],
  ["[", /no JSON list of words$/],
  ["[]", /no JSON list of words$/],
  ['[""]', /no JSON list of words$/],
  ['["a", 1]', /no JSON list of words$/],
  ["/none/at/all --stdio", /^core "\/none\/at\/all": it cannot be started: ENOENT$/],
  ["echo no core at all", /: it does not answer as a core does: it sent a frame of \d+ bytes, and/],
  ["/", /^core "\/": it cannot be started: EACCES$/],
  ["false", /^core "false": it ended with 1$/],
];

for (const [value, said] of WRONGS) {
  test(`STRONGROOM_CORE is wrong: ${value}`, async (t) => {
    assert.match(await refused(t, { STRONGROOM_CORE: value }), said);
  });
}

for (const value of ["x", "-1", "1.5", "0x1", "4294967295", "1 2"]) {
  test(`STRONGROOM_CORE_USER is wrong: ${value}`, async (t) => {
    const environment = { STRONGROOM_CORE: "unix:/x/y", STRONGROOM_CORE_USER: value };
    const message = await refused(t, environment);
    assert.match(message, /STRONGROOM_CORE_USER is not the number of a user$/);
  });
}

for (const value of ["", "0", "4294967294"]) {
  test(`STRONGROOM_CORE_USER is good: ${value}`, async (t) => {
    const socket = await serve(t, makeFolder(t));
    const environment = { STRONGROOM_CORE: `unix:${socket}`, STRONGROOM_CORE_USER: value };
    assert.equal(await ask(t, environment), "hello");
  });
}

test("a command is words between blanks, or a JSON list, found in PATH", async (t) => {
  const folder = makeFolder(t);
  fs.symlinkSync(process.execPath, path.join(folder, "my node"));
  fs.symlinkSync(process.execPath, path.join(folder, "node"));
  const environment = { PATH: `${folder}:${process.env.PATH}` };
  for (const core of [` node \t ${PEER}  1 `, JSON.stringify(["my node", PEER])]) {
    assert.equal(await ask(t, { ...environment, STRONGROOM_CORE: core }), "hello");
  }
});

test("where nothing is said the core is `strongroom core --stdio`", async (t) => {
  const folder = makeFolder(t);
  const script = `#!/bin/sh\n[ "$*" = "core --stdio" ] && exec "${process.execPath}" "${PEER}"\n`;
  fs.writeFileSync(path.join(folder, "strongroom"), script, { mode: 0o700 });
  for (const core of [undefined, "", " "]) {
    assert.equal(await ask(t, { PATH: `${folder}:/usr/bin:/bin`, STRONGROOM_CORE: core }), "hello");
  }
  const message = await refused(t, { PATH: "/none", STRONGROOM_CORE: "" });
  const said = /^core "strongroom": it cannot be started: it is not in PATH; install/;
  assert.match(message, said);
});

test("a socket that is taken for a command is told from one", async (t) => {
  const socket = await serve(t, makeFolder(t));
  const said = /: it cannot be started: it is a socket; put unix: before its path$/;
  assert.match(await refused(t, { STRONGROOM_CORE: socket }), said);
});

test("a program in a folder that is not absolute is not started", async (t) => {
  const folder = makeFolder(t);
  const script = `#!/bin/sh\nexec "${process.execPath}" "${PEER}"\n`;
  fs.writeFileSync(path.join(folder, "strongroom"), script, { mode: 0o700 });
  const relative = path.relative(process.cwd(), folder);
  for (const PATH of [relative, `${relative}:/none`, undefined]) {
    const message = await refused(t, { PATH, STRONGROOM_CORE: "" });
    assert.match(message, /^core "strongroom": it cannot be started: it is not in PATH; install/);
  }
  fs.mkdirSync(path.join(folder, "first/strongroom"), { recursive: true });
  assert.equal(await ask(t, { PATH: `${folder}/first:${folder}`, STRONGROOM_CORE: "" }), "hello");
});

test("a word that no program can be given is refused by its code alone", async (t) => {
  const core = JSON.stringify(["/bin/true", "canary\0"]);
  const message = await refused(t, { STRONGROOM_CORE: core });
  assert.match(message, /it cannot be started: ERR_INVALID_ARG_VALUE$/);
});
