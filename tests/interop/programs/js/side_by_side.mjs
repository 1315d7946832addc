// Calls side by side. While the core is held still from outside, the program goes on.

import sdk from "@1password/sdk";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";

const client = await sdk.createClient({
  auth: process.env.OP_SERVICE_ACCOUNT_TOKEN,
  integrationName: "interop",
  integrationVersion: "1.0",
});
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
console.log("ready");
await lines.next();

const good = "op://vault/item/password";
const none = "op://vault/none/x";
const calls = Array.from({ length: 64 }, (_, n) => client.secrets.resolve(n % 8 ? good : none));
const settled = Promise.allSettled(calls);
for (let ticks = 0; ticks < 50; ticks += 1) {
  await setTimeout(1);
}
console.log("ticked");
await lines.next();

// It waits for its answer among all the others.
const { password } = sdk.Secrets.generatePassword({ type: "Pin", parameters: { length: 6 } });
const seen = (await settled).map(({ value, reason }) => value ?? reason.message);
console.log(JSON.stringify({ pin: password.length, seen }));
process.stdin.destroy();
