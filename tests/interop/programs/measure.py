"""Measures the official package on a running core, for `script/bench`.

Resolves, and the call that asks least of a core, in turn; prints what they took, in microseconds,
as JSON. Takes the command or the socket of the core as `core_adapter` does.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time

from core_adapter import NATIVE, install

install(sys.argv[1:])

from onepassword.client import Client

REFERENCE = "op://vault/item/field"
CALL = {"name": "ValidateSecretReference", "parameters": {"secret_reference": REFERENCE}}
MESSAGE = json.dumps({"invocation": {"parameters": CALL}})


async def main() -> None:
    token = os.environ["OP_SERVICE_ACCOUNT_TOKEN"]
    client = await Client.authenticate(token, "bench", "1.0")
    ours, theirs = [], []
    for _ in range(1000):
        begun = time.perf_counter_ns()
        await client.secrets.resolve(REFERENCE)
        between = time.perf_counter_ns()
        await sys.modules[NATIVE].invoke(MESSAGE)
        theirs.append((time.perf_counter_ns() - between) / 1000)
        ours.append((between - begun) / 1000)
    print(json.dumps({"ours": ours, "theirs": theirs}))


asyncio.run(main())
