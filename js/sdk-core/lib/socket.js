"use strict";

// A core behind a socket. It is sent tokens, so who can have put it there is looked at first. Node
// does not tell who has accepted a connection.

const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");

const ROOT = 0;
const OTHERS_WRITE = 0o022;
const REASONS = {
  EACCES: "is closed to this user: is it in the core's group?",
  ENOENT: "is not there: was a core started?",
};

// Raise why the socket is not to be trusted.
function checkSocket(socket, user) {
  if (process.geteuid === undefined) {
    throw new Error("this system has no owners of sockets");
  }
  const trusted = [process.geteuid(), ROOT, user];
  const folder = path.posix.dirname(socket);
  const [held, found] = [look(folder, `its folder ${folder}`), look(socket, "it")];
  if (!held.isDirectory()) {
    throw new Error(`${folder} is no folder`);
  }
  if (!found.isSocket()) {
    throw new Error("it is no socket");
  }
  if (!trusted.includes(held.uid)) {
    throw new Error(`${folder} belongs to the user ${held.uid}`);
  }
  if (!trusted.includes(found.uid)) {
    throw new Error(`it belongs to the user ${found.uid}`);
  }
  if (held.mode & OTHERS_WRITE) {
    throw new Error(`others may write in ${folder}`);
  }
}

function look(place, word) {
  try {
    return fs.lstatSync(place);
  } catch (error) {
    const reason = REASONS[error.code] ?? `cannot be looked at (${error.code})`;
    throw new Error(`${word} ${reason}`);
  }
}

function openSocket(socket, { onPiece, onEnd }) {
  const stream = net.connect(socket);
  stream.on("data", onPiece);
  stream.on("end", () => onEnd("it closed the connection"));
  stream.on("close", () => onEnd("the connection ended"));
  stream.on("error", (error) => onEnd(`it cannot be reached: ${error.code}`));
  return {
    write: (frame) => stream.write(frame),
    end: () => stream.destroy(),
    whenGone: (gone) => gone(),
  };
}

module.exports = { checkSocket, openSocket };
