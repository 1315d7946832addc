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

// A file that is held and not opened, as Linux has it; Node has no name for it.
const O_PATH = 0o10000000;

// Raise why the socket is not to be trusted. Return `{path, drop}`: how to reach what was looked
// at, until `drop` is called.
function checkSocket(socket, user) {
  if (process.geteuid === undefined) {
    throw new Error("this system has no owners of sockets");
  }
  const folder = path.posix.dirname(socket);
  const place = hold(folder, `its folder ${folder}`);
  let found;
  try {
    if (!place.stats.isDirectory()) {
      throw new Error(`${folder} is no folder`);
    }
    found = hold(path.posix.join(place.path, path.posix.basename(socket)), "it");
    checkOwners(folder, place.stats, found.stats, user);
    return found;
  } catch (error) {
    found?.drop();
    throw error;
  } finally {
    place.drop();
  }
}

// Whoever may write above the folder can put another one in its place between one look and the
// next. So what is looked at is held, and reached by that and not by its name, where that can be.
function hold(place, word) {
  try {
    if (process.platform !== "linux") {
      return { path: place, stats: fs.lstatSync(place), drop: () => {} };
    }
    const held = fs.openSync(place, O_PATH | fs.constants.O_NOFOLLOW);
    return {
      path: `/proc/self/fd/${held}`,
      stats: fs.fstatSync(held),
      drop: () => fs.closeSync(held),
    };
  } catch (error) {
    const reason = REASONS[error.code] ?? `cannot be looked at (${error.code})`;
    throw new Error(`${word} ${reason}`);
  }
}

function checkOwners(folder, place, found, user) {
  const trusted = [process.geteuid(), ROOT, user];
  if (!found.isSocket()) {
    throw new Error("it is no socket");
  }
  if (!trusted.includes(place.uid)) {
    throw new Error(`${folder} belongs to the user ${place.uid}`);
  }
  if (!trusted.includes(found.uid)) {
    throw new Error(`it belongs to the user ${found.uid}`);
  }
  if (place.mode & OTHERS_WRITE) {
    throw new Error(`others may write in ${folder}`);
  }
}

function openSocket({ path: socket, drop }, { onPiece, onEnd }) {
  const stream = net.connect(socket);
  stream.on("close", drop);
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
