"use strict";

// Where the core is (specs/core.md, section 9): a command to start, or a socket to trust.

const path = require("node:path");
const { openCommand } = require("./command.js");
const { checkSocket, openSocket } = require("./socket.js");

const DEFAULT = ["strongroom", "core", "--stdio"];
const SOCKET = "unix:";

// Return `{name, command}` or `{name, socket, user}`; raise what is wrong with the variables.
function findPlace(environment, limits) {
  const given = environment.STRONGROOM_CORE ?? "";
  if (given.startsWith(SOCKET)) {
    const socket = readSocket(given.slice(SOCKET.length), limits);
    const user = readUser(environment.STRONGROOM_CORE_USER ?? "", limits);
    return { name: `core at ${socket}`, socket, user };
  }
  const command = readCommand(given);
  // What it is given may be secret.
  return { name: `core ${JSON.stringify(command[0])}`, command };
}

function readSocket(given, limits) {
  if (!given.startsWith("/")) {
    throw new Error("STRONGROOM_CORE names a socket by a path that is not absolute");
  }
  // One spelling for what is looked at and what is used; doubled slashes would hide a link.
  const socket = path.posix.normalize(given);
  const length = Buffer.byteLength(socket);
  if (length > limits.SOCKET_PATH_BYTES_MAX) {
    const allowed = `${limits.SOCKET_PATH_BYTES_MAX} are allowed`;
    throw new Error(`STRONGROOM_CORE names a socket by a path of ${length} bytes, and ${allowed}`);
  }
  return socket;
}

function readUser(given, limits) {
  if (given === "") {
    return undefined;
  }
  if (!/^[0-9]+$/.test(given) || Number(given) > limits.USER_MAX) {
    throw new Error("STRONGROOM_CORE_USER is not the number of a user");
  }
  return Number(given);
}

function readCommand(given) {
  const text = given.trim();
  if (text === "") {
    return DEFAULT;
  }
  if (!text.startsWith("[")) {
    return text.split(/\s+/);
  }
  let words;
  try {
    words = JSON.parse(text);
  } catch {
    words = undefined; // its error would show the text
  }
  const good = Array.isArray(words) && words.every((word) => typeof word === "string");
  if (!good || !words[0]) {
    throw new Error("STRONGROOM_CORE begins with [ and is no JSON list of words");
  }
  return words;
}

// Open what was found. `onPiece` takes what comes; `onLast` is called when nothing that is written
// is read any more, `onEnd` with the reason when nothing more comes.
// Return `{write, end, whenGone}`.
function openPlace(place, how) {
  if (place.command !== undefined) {
    return openCommand(place.command, how);
  }
  return openSocket(checkSocket(place.socket, place.user), how);
}

module.exports = { findPlace, openPlace };
