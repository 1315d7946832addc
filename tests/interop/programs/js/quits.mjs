// Ends in the middle of calls: by process.exit, or by an exception that nobody catches.

import sdk from "@1password/sdk";

const client = await sdk.createClient({
  auth: process.env.OP_SERVICE_ACCOUNT_TOKEN,
  integrationName: "interop",
  integrationVersion: "1.0",
});
client.secrets.resolve("op://vault/item/password").then(console.log, console.log);
if (process.env.HOW === "exit") {
  process.exit(7);
}
throw new Error("on purpose");
