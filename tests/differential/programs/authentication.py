"""Authenticates with every row of a list; prints the text of the refusal."""

import asyncio
import json
import sys

from onepassword.client import Client


async def attempt(token, name, version):
    try:
        await Client.authenticate(auth=token, integration_name=name, integration_version=version)
    except Exception as error:
        return str(error)
    return None


async def main():
    return [await attempt(*row) for row in json.load(sys.stdin)]


print(json.dumps(asyncio.run(main())))
