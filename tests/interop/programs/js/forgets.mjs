// Makes clients and forgets them; run with --expose-gc.

import sdk from "@1password/sdk";
import { setTimeout } from "node:timers/promises";

async function makeAndForget() {
  const client = await sdk.createClient({
    auth: process.env.OP_SERVICE_ACCOUNT_TOKEN,
    integrationName: "interop",
    integrationVersion: "1.0",
  });
  await client.secrets.resolve("op://vault/item/password");
}

for (let round = 0; round < 3; round += 1) {
  await makeAndForget();
}
for (let round = 0; round < 10; round += 1) {
  gc();
  await setTimeout(10);
}
