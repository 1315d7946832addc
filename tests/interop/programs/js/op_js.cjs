// Calls functions of @1password/op-js: a line of JSON on standard input for each batch, and a line
// for what became of it. The functions are those that the package has.

"use strict";

const { createInterface } = require("node:readline");
const op = require("@1password/op-js");

// What is no command: classes, and what compares versions.
const NO_COMMANDS = new Set(["semverToInt"]);

function find(part, prefix = "") {
  return Object.entries(part).flatMap(([name, value]) => {
    if (typeof value === "object") {
      return find(value, `${prefix}${name}.`);
    }
    const isClass = typeof value === "function" && /^[A-Z]/.test(name);
    return isClass || NO_COMMANDS.has(name) ? [] : [`${prefix}${name}`];
  });
}

async function perform({ method, args }) {
  try {
    const place = method.split(".").reduce((part, name) => part[name], op);
    return { result: (await place(...args)) ?? null };
  } catch (error) {
    return { error: error.message, classes: [error.constructor.name] };
  }
}

async function main() {
  console.log(JSON.stringify(find(op).sort()));
  for await (const line of createInterface({ input: process.stdin })) {
    const done = [];
    for (const step of JSON.parse(line)) {
      done.push(await perform(step));
    }
    console.log(JSON.stringify(done));
  }
}

main();
