// Measures the SDK on a running core, for script/bench: resolves, and the call that asks least of a
// core, in turn. Prints what they took, in microseconds, as JSON.

import sdk from "@1password/sdk";
import { createRequire } from "node:module";

const core = createRequire(import.meta.url)("@1password/sdk-core");
const reference = "op://vault/item/field";
const client = await sdk.createClient({
  auth: process.env.OP_SERVICE_ACCOUNT_TOKEN,
  integrationName: "bench",
  integrationVersion: "1.0",
});
const parameters = { name: "ValidateSecretReference", parameters: { secret_reference: reference } };
const message = JSON.stringify({ invocation: { parameters } });

async function took(work) {
  const begun = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - begun) / 1000;
}

const ours = [];
const theirs = [];
for (let call = 0; call < 1000; call += 1) {
  ours.push(await took(() => client.secrets.resolve(reference)));
  theirs.push(await took(() => core.invoke(message)));
}
console.log(JSON.stringify({ ours, theirs }));
