"""What a device file would hold of an account."""

from __future__ import annotations

from strongroom.ids import parse_id
from strongroom.wiring.accounts import NewAccount


class FaultDevice:
    """Facts of an account as `unlock` wants them; any of them can be changed."""

    def __init__(self, url: str, account: NewAccount) -> None:
        self.url = url
        self.account = account
        self.account_id = parse_id(account.account_id)
        self.user_id = parse_id(account.user_id)
        self.secret_key = account.secret_key
        self.kdf = account.kdf
