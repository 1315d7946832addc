"""What importing costs: a bare interpreter says which modules it has loaded."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ["pydantic", "pydantic_core", "cryptography", "msgspec", "asyncio", "ssl", "sqlite3"]


def load(code: str) -> set[str]:
    """Run code in a bare interpreter and return the modules that it loaded."""
    code += "\nimport json, sys; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    "code",
    [
        "import onepassword",
        "from onepassword import Client, DesktopAuth",
        "from onepassword.client import Client",
        "from onepassword import Secrets; Secrets.validate_secret_reference('op://v/i/f')",
        "from onepassword import RateLimitExceededException, DEFAULT_INTEGRATION_NAME",
        "import strongroom",
    ],
)
def test_light(code: str) -> None:
    """Neither models nor keys nor a loop are loaded before they are needed."""
    assert load(code).isdisjoint(HEAVY)


def test_sync_client_is_light() -> None:
    """Importing the client without a loop loads neither models nor a loop."""
    loaded = load("from strongroom import SyncClient")

    assert loaded.isdisjoint(["pydantic", "asyncio", "cryptography"])


@pytest.mark.parametrize(
    "code",
    [
        "from onepassword import *",
        "import onepassword; onepassword.Item",
        "from onepassword import Secrets; Secrets.resolve_all",
        "from onepassword import Secrets; Secrets.generate_password",
    ],
)
def test_models_on_demand(code: str) -> None:
    """Models are loaded when a program asks for something that needs them."""
    loaded = load(code)

    assert "pydantic" in loaded
    assert loaded.isdisjoint(["cryptography", "asyncio", "sqlite3"])


def test_import_builds_no_validators() -> None:
    """A star import leaves the building of validators to first use, and plugins unread."""
    assert "pydantic.plugin._loader" not in load("from onepassword import *")
