"""Accounts that live as long as a test: for programs that know `onepassword` and nothing else.

    from strongroom.testing import throw_away_account

    with throw_away_account({"vault": {"item": {"password": "s3cret"}}}) as account:
        client = await Client.authenticate(account.token, "tests", "1.0")

Under pytest the fixtures of `strongroom.testing.plugin` do the same, and set
`OP_SERVICE_ACCOUNT_TOKEN`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom.testing.account import (
        AccountTemplate,
        ThrowAwayAccount,
        make_template,
        throw_away_account,
    )

__all__ = ["AccountTemplate", "ThrowAwayAccount", "make_template", "throw_away_account"]


def __getattr__(name: str) -> object:
    """Load the account at first use: pytest imports this package in every run."""
    if name in __all__:
        from strongroom.testing import account

        return getattr(account, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
