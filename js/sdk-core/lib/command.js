"use strict";

// A core as a child of the program, on pipes. It ends with them: when the program does, however.

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const WINDOWS = process.platform === "win32";
const TOKEN_VARIABLE = "OP_SERVICE_ACCOUNT_TOKEN";

function openCommand([program, ...words], { environment, limits, onPiece, onLast, onEnd }) {
  // Tokens come in configurations; a child's environment can be read from outside.
  const { [TOKEN_VARIABLE]: _, ...env } = environment;
  const child = start(findProgram(program, env.PATH), words, {
    env,
    stdio: ["pipe", "pipe", "inherit"],
    windowsHide: true,
    // What is typed at a terminal is for the program, which may go on: Ctrl-C ends no call.
    detached: !WINDOWS,
  });
  const why = () => {
    if (child.signalCode !== null) {
      return `it was ended by ${child.signalCode}`;
    }
    return child.exitCode === null ? "it closed its output" : `it ended with ${child.exitCode}`;
  };
  // Replies may still be on their way, and so may the reason.
  const soon = () => {
    onLast();
    setTimeout(() => onEnd(why()), limits.REASON_MS);
  };
  child.on("error", (error) => onEnd(`it cannot be started: ${whyNot(program, error)}`));
  child.on("close", () => onEnd(why()));
  child.on("exit", soon);
  child.stdout.on("end", soon);
  child.stdout.on("data", onPiece);
  child.stdout.on("error", soon);
  child.stdin.on("error", soon);
  return {
    write: (frame) => child.stdin.write(frame),
    end: () => endChild(child, limits.END_MS),
    whenGone: (gone) => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
        gone();
      } else {
        child.on("exit", gone);
      }
    },
  };
}

function whyNot(program, error) {
  if (isSocket(program)) {
    return "it is a socket; put unix: before its path";
  }
  return error.code ?? error.message;
}

function isSocket(program) {
  try {
    return fs.statSync(program).isSocket();
  } catch {
    return false; // nothing is there, or nothing that can be looked at
  }
}

function start(program, words, options) {
  try {
    return spawn(program, words, options);
  } catch (error) {
    // Its text would be JavaScript's, with the word in its own notation.
    throw new Error(`it cannot be started: ${error.code}`);
  }
}

// Return the file of a program. Folders of PATH that depend on where the process stands are passed
// over: what lies there may be anybody's, and would be given tokens.
function findProgram(program, folders = "") {
  if (WINDOWS || program.includes("/")) {
    return program;
  }
  const absolute = folders.split(":").filter((folder) => path.isAbsolute(folder));
  const found = absolute.map((folder) => path.join(folder, program)).find(isProgram);
  if (found === undefined) {
    const advice = "install strongroom, or set STRONGROOM_CORE";
    throw new Error(`it cannot be started: it is not in PATH; ${advice}`);
  }
  return found;
}

function isProgram(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function endChild(child, patience) {
  child.stdin.destroy();
  child.stdout.destroy();
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), patience);
  child.on("exit", () => clearTimeout(timer));
}

module.exports = { openCommand };
