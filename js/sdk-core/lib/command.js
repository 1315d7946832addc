"use strict";

// A core as a child of the program, on pipes. It ends with them: when the program does, however.

const fs = require("node:fs");
const { spawn } = require("node:child_process");

const TOKEN_VARIABLE = "OP_SERVICE_ACCOUNT_TOKEN";

function openCommand([program, ...words], { environment, limits, onPiece, onLast, onEnd }) {
  // Tokens come in configurations; a child's environment can be read from outside.
  const { [TOKEN_VARIABLE]: _, ...env } = environment;
  const child = spawn(program, words, {
    env,
    stdio: ["pipe", "pipe", "inherit"],
    windowsHide: true,
    // What is typed at a terminal is for the program, which may go on: Ctrl-C ends no call.
    detached: process.platform !== "win32",
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
  if (error.code === "ENOENT" && !program.includes("/")) {
    return "it is not in PATH; install strongroom, or set STRONGROOM_CORE";
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

function endChild(child, patience) {
  child.stdin.destroy();
  child.stdout.destroy();
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), patience);
  child.on("exit", () => clearTimeout(timer));
}

module.exports = { openCommand };
