import sdk from "@1password/sdk";
async function main() {
const client = await sdk.createClient({
// Gets your service account token from the environment.
auth: process.env.OP_SERVICE_ACCOUNT_TOKEN,
// TODO: Set to your own integration name and version.
integrationName: "My 1Password Integration",
integrationVersion: "v1.0.0",
});
// Lists vault titles
const vaults = await client.vaults.list({ decryptDetails: true });
for (const vault of vaults) {
console.log(vault.title);
}
}
main();
