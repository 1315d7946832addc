// Two clients with tokens of different accounts in one program, as CommonJS.

const sdk = require("@1password/sdk");

async function resolve(auth) {
  const client = await sdk.createClient({
    auth,
    integrationName: "interop",
    integrationVersion: "1.0",
  });
  return () => client.secrets.resolve("op://vault/item/password");
}

async function main() {
  const names = ["OP_SERVICE_ACCOUNT_TOKEN", "OTHER_TOKEN"];
  const clients = await Promise.all(names.map((name) => resolve(process.env[name])));
  for (const round of [1, 2]) {
    console.log(round, ...(await Promise.all(clients.map((call) => call()))));
  }
}

main();
