"""The pytest plugin, in a pytest of its own."""

import pytest

pytest_plugins = ["pytester"]

# The plugin itself is found by its entry point, as in every project that installs the package.
PLUGIN = ("-p", "no:cacheprovider")
TESTS = """
import os
import pytest
from strongroom import SyncClient

def resolve(reference):
    with SyncClient.authenticate(os.environ["OP_SERVICE_ACCOUNT_TOKEN"], "t", "1") as client:
        return client.secrets.resolve(reference)

@pytest.mark.strongroom({"vault": {"db": {"password": "x"}}})
def test_marker(strongroom_account):
    assert resolve("op://vault/db/password") == "x"
    strongroom_account.add("vault", "more", password="y")
    assert resolve("op://vault/more/password") == "y"

@pytest.mark.strongroom({"vault": {"db": {"password": "x"}}})
def test_fresh(strongroom_account):
    with pytest.raises(Exception):
        resolve("op://vault/more/password")

@pytest.mark.strongroom(
    {"vault": {"db": {"code": "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8"}}},
    clock="1970-01-01T00:00:59Z",
)
def test_clock(strongroom_account):
    assert resolve("op://vault/db/code?attribute=otp") == "94287082"

def test_configured(strongroom_account):
    assert resolve("op://dev/app/password") == "from a file"

def test_session(strongroom_session_account):
    assert resolve("op://dev/app/password") == "from a file"

@pytest.mark.strongroom(seed="other.toml")
def test_file(strongroom_account):
    assert resolve("op://other/app/password") == "z"
"""


def test_fixtures(pytester, monkeypatch):
    """Fixtures, marker, configured seed and fixed clock do what the plugin's text says."""
    monkeypatch.delenv("OP_SERVICE_ACCOUNT_TOKEN", raising=False)
    pytester.makepyfile(TESTS)
    pytester.makefile(".toml", seed='[dev.app]\npassword = "from a file"\n')
    pytester.makefile(".toml", other='[other.app]\npassword = "z"\n')
    pytester.makeini("[pytest]\nstrongroom_seed = seed.toml\nfilterwarnings = error\n")
    pytester.runpytest_subprocess(*PLUGIN).assert_outcomes(passed=6)


def test_nothing_is_left(pytester):
    """After the test the variable is what it was."""
    pytester.makepyfile(
        """
import os

def test_one(strongroom_account):
    assert os.environ["OP_SERVICE_ACCOUNT_TOKEN"] == strongroom_account.token

def test_two():
    assert os.environ.get("OP_SERVICE_ACCOUNT_TOKEN") == "before"
"""
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OP_SERVICE_ACCOUNT_TOKEN", "before")
        pytester.runpytest_subprocess(*PLUGIN).assert_outcomes(passed=2)


def test_costs_nothing_when_unused(pytester):
    """Loading the plugin loads nothing of the engine."""
    pytester.makepyfile(
        """
import sys

def test_one():
    assert "strongroom.wiring" not in sys.modules
    assert "cryptography" not in sys.modules
"""
    )
    pytester.runpytest_subprocess(*PLUGIN).assert_outcomes(passed=1)
