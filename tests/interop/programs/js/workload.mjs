// Asks for a client by workload identity, beside a token and without one.

import sdk from "@1password/sdk";

let asked = 0;
for (const auth of [undefined, process.env.OP_SERVICE_ACCOUNT_TOKEN]) {
  try {
    await sdk.createClient({
      auth,
      integrationName: "interop",
      integrationVersion: "1.0",
      oidcFetcher: async () => {
        asked += 1;
        return "header.payload.signature";
      },
      workloadDetails: { customerManagedSecret: "secret", workloadUuid: "workload" },
    });
    console.log("made");
  } catch (error) {
    console.log(error.message);
  }
}
console.log(asked);
