"""Programs written for the SDK, run unmodified against a home on a file."""

# ruff: noqa: E501  (the programs stand as they were published)

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

# The program of the SDK's own introduction.
RESOLVE = """\
import asyncio
import os
from onepassword.client import Client

async def main():
    token = os.getenv("OP_SERVICE_ACCOUNT_TOKEN")
    client = await Client.authenticate(auth=token, integration_name="My 1Password Integration", integration_version="v1.0.0")
    value = await client.secrets.resolve("op://vault/item/field")
    print(value)

if __name__ == '__main__':
    asyncio.run(main())
"""

# The program of its first steps.
LIST_VAULTS = """\
import asyncio
import os
from onepassword import Client
async def main():
    token = os.getenv("OP_SERVICE_ACCOUNT_TOKEN")
    client = await Client.authenticate(
        auth=token,
        integration_name="My 1Password Integration",
        integration_version="v1.0.0",
    )
    vaults = await client.vaults.list()
    for vault in vaults:
        print(vault.title)
if __name__ == "__main__":
    asyncio.run(main())
"""

# The same for a person at a desktop, who is not there.
DESKTOP = """\
import asyncio
from onepassword import Client, DesktopAuth
async def main():
    client = await Client.authenticate(
        auth=DesktopAuth(account_name="your-account-name"),
        integration_name="My 1Password Integration",
        integration_version="v1.0.0",
    )
asyncio.run(main())
"""

# The manner of its longer examples: everything by star import.
STAR = """\
import asyncio
import os
from onepassword import *

async def main():
    client = await Client.authenticate(os.environ["OP_SERVICE_ACCOUNT_TOKEN"], "Example", "v1.0.0")
    vault = (await client.vaults.list())[0]
    item = await client.items.create(
        ItemCreateParams(
            title="Star",
            category=ItemCategory.LOGIN,
            vault_id=vault.id,
            fields=[
                ItemField(id="username", title="username", field_type=ItemFieldType.TEXT, value="wendy"),
                ItemField(
                    id="onetimepassword",
                    title="one-time password",
                    section_id="totp",
                    field_type=ItemFieldType.TOTP,
                    value="otpauth://totp/x?secret=JBSWY3DPEHPK3PXP",
                ),
            ],
            sections=[ItemSection(id="totp", title="TOTP")],
            tags=["a tag"],
            websites=[Website(url="https://a.test", label="site", autofill_behavior=AutofillBehavior.NEVER)],
        )
    )
    for field in item.fields:
        if field.field_type == "Totp":
            assert field.details.content.code or field.details.content.error_message
    item.title = "Star, edited"
    item = await client.items.put(item)
    print(item.title, item.version)
    await client.items.archive(vault.id, item.id)
    archived = await client.items.list(
        vault.id, ItemListFilterByState(content=ItemListFilterByStateInner(active=False, archived=True))
    )
    print([overview.title for overview in archived])
    await client.items.delete(vault.id, item.id)

asyncio.run(main())
"""


def execute(program: str, token: str | None) -> subprocess.CompletedProcess[str]:
    """Run a program as a user would."""
    environment = dict(os.environ)
    environment.pop("OP_SERVICE_ACCOUNT_TOKEN", None)
    if token is not None:
        environment["OP_SERVICE_ACCOUNT_TOKEN"] = token
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("program", "output"),
    [
        (RESOLVE, "fixture-value\n"),
        (LIST_VAULTS, "vault\n"),
        (STAR, "Star, edited 2\n['Star, edited']\n"),
    ],
    ids=["resolve", "list vaults", "star import"],
)
def test_program(token: str, program: str, output: str) -> None:
    """The program prints what it should, and nothing else."""
    done = execute(program, token)

    assert (done.stdout, done.stderr, done.returncode) == (output, "", 0)


def test_program_without_token() -> None:
    """A forgotten token is named, not a fault deep inside."""
    done = execute(RESOLVE, None)

    assert "InvalidArgumentError" in done.stderr.splitlines()[-1]
    assert "auth must be a service account token" in done.stderr


def test_program_without_desktop() -> None:
    """Without an agent, a desktop program ends with the SDK's error."""
    done = execute(DESKTOP, None)

    assert done.stderr.endswith("1Password desktop application not found\n")
    assert done.returncode == 1


def test_resolving_loads_no_models(token: str) -> None:
    """A program that only resolves secrets never imports pydantic."""
    program = RESOLVE + "import json, sys; print(json.dumps(list(sys.modules)))"
    value, modules = execute(program, token).stdout.splitlines()

    assert value == "fixture-value"
    assert "pydantic" not in json.loads(modules)
