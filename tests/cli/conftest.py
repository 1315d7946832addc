"""An account on a real file, a vault with an item, and a token for it."""

import pytest

from cli.program import SECRET, make_account, sign_in


@pytest.fixture(scope="module")
def op(tmp_path_factory):
    """A signed-in owner with the vault `dev` and the item `db` in it."""
    op = sign_in(make_account(tmp_path_factory.mktemp("cli"))[0])
    op("vault", "create", "dev", "--description", "for tests")
    op(
        *("item", "create", "--vault", "dev", "--category", "login", "--title", "db"),
        *("username=app", "password=-", "--url", "https://db.example.org", "--tags", "prod,b/c"),
        *("Admin.pin[text]=1234", "totp[otp]=JBSWY3DPEHPK3PXP"),
        given=SECRET,
    )
    return op


@pytest.fixture(scope="module")
def reader(op):
    """A service account that may read `dev`."""
    token = op("service-account", "create", "reader", "--vault", "dev", "--raw").out.strip()
    return op.with_(OP_SESSION="", OP_SERVICE_ACCOUNT_TOKEN=token)
