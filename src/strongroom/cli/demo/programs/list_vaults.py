import asyncio
import os
from onepassword import Client

async def main():
    # Gets your service account token from the environment.
    token = os.getenv("OP_SERVICE_ACCOUNT_TOKEN")
    client = await Client.authenticate(
        auth=token,
        # TODO: Set to your own integration name and version.
        integration_name="My 1Password Integration",
        integration_version="v1.0.0",
    )
    # Lists vault titles
    vaults = await client.vaults.list()
    for vault in vaults:
        print(vault.title)

if __name__ == "__main__":
    asyncio.run(main())
