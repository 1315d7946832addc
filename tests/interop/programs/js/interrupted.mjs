// Is interrupted in the middle of a call, and goes on.

import sdk from "@1password/sdk";
import { once } from "node:events";

const client = await sdk.createClient({
  auth: process.env.OP_SERVICE_ACCOUNT_TOKEN,
  integrationName: "interop",
  integrationVersion: "1.0",
});
process.on("SIGINT", () => console.log("interrupted"));
console.log("ready");
await once(process.stdin, "data");
const call = client.secrets.resolve("op://vault/item/password");
console.log("asked");
console.log(await call);
process.exit();
