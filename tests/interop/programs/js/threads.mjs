// The SDK in threads of the program, and in a child that inherits its options.

import sdk from "@1password/sdk";
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { Worker, isMainThread, workerData } from "node:worker_threads";

async function resolve(who) {
  const client = await sdk.createClient({
    auth: process.env.OP_SERVICE_ACCOUNT_TOKEN,
    integrationName: "interop",
    integrationVersion: "1.0",
  });
  sdk.Secrets.validateSecretReference("op://vault/item/password");
  return `${who}: ${await client.secrets.resolve("op://vault/item/password")}`;
}

// Return how many children have ended and were not waited for.
function zombies() {
  const states = readdirSync("/proc").map((name) => {
    try {
      return readFileSync(`/proc/${name}/stat`, "utf8").replace(/.*\) /, "");
    } catch {
      return "";
    }
  });
  return states.filter((state) => state.startsWith(`Z ${process.pid} `)).length;
}

if (!isMainThread) {
  console.log(await resolve(workerData));
} else if (process.argv[2]) {
  console.log(await resolve(process.argv[2]));
} else {
  const url = new URL(import.meta.url);
  const threads = [1, 2, 3].map((n) => new Worker(url, { workerData: `thread ${n}` }));
  const ends = threads.map((thread) => once(thread, "exit"));
  ends.push(once(fork(url.pathname, ["child"]), "exit"));
  console.log(await resolve("main"));
  await Promise.all(ends);
  console.log(`zombies: ${zombies()}`);
}
