"""A whole account in a temporary file, with a token for it, in a few milliseconds.

It has no password: nobody can unlock it, and it is used with the keys that its
maker holds. Child processes can use the token, since the account is a file.

Making one from nothing takes some forty signatures and seals. An `AccountTemplate` has
done that once; each account made from it is a copy of one file.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import msgspec

from strongroom.client.engine import Engine
from strongroom.client.runtime import InlineRuntime
from strongroom.client.view.marks import Marks
from strongroom.clock import TEST_CLOCK_VARIABLE, format_time, parse_time, system_clock
from strongroom.coroutines import drive
from strongroom.crypto.public.digests import NO_HASH
from strongroom.crypto.public.randomness import make_bytes
from strongroom.crypto.tokens import Token, format_token, parse_token
from strongroom.errors import NotFoundError
from strongroom.ids import (
    ID_BYTES,
    NO_ACCOUNT,
    NO_PRINCIPAL,
    AccountId,
    PrincipalId,
    parse_id,
    throw_away_id,
)
from strongroom.permissions import SERVICE_ACCOUNT_WORDS
from strongroom.secret import Veil, veil
from strongroom.testing.seeds import check_seed, items_of, load_seed, make_item
from strongroom.trust.directory import HeadMark, Pin
from strongroom.wiring.accounts import create_account
from strongroom.wiring.engines import open_account

if TYPE_CHECKING:
    from strongroom.items.shown import ItemDict

TOKEN_VARIABLE: Final = "OP_SERVICE_ACCOUNT_TOKEN"  # noqa: S105  (a name)
# Memory, where the system has a folder for it: a test waits for no disk.
_FAST_FOLDER: Final = Path("/dev/shm")  # noqa: S108  (the folders made in it are private)
_FILE_NAME: Final = "strongroom.db"
_FILE_MODE: Final = 0o600
_FIRST_HEAD: Final = HeadMark(0, 1)

SeedSource = Mapping[str, Any] | Path | None


class AccountTemplate(msgspec.Struct, frozen=True):
    """A finished account: its file, and what its owner and its token hold."""

    content: bytes
    account: AccountId
    user: PrincipalId
    seed: bytes
    pin: Pin
    token: Token
    vaults: dict[str, str]
    clock_ms: int | None

    __rich_repr__: ClassVar[Veil] = veil

    def __repr__(self) -> str:
        return "AccountTemplate([secret])"


class ThrowAwayAccount:
    """An account for one test."""

    def __init__(self, folder: Path, template: AccountTemplate) -> None:
        """Put a copy of the template's file into a folder."""
        path = folder / _FILE_NAME
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(template.content)
        self._template = template
        self._opened: list[Engine] = []
        self.url: str = path.as_uri()

    @cached_property
    def token(self) -> str:
        """A token that writes in every vault of the seed and may make vaults of its own."""
        return format_token(msgspec.structs.replace(self._template.token, url=self.url))

    @cached_property
    def engine(self) -> Engine:
        """The engine of the account's owner, for what a token may not do."""
        made = self._template
        opening = open_account(
            url=self.url,
            account=made.account,
            user=made.user,
            seed=made.seed,
            marks=Marks(pin=made.pin, head=_FIRST_HEAD),
            runtime=InlineRuntime(),
            clock=system_clock if made.clock_ms is None else lambda: made.clock_ms or 0,
        )
        engine: Engine = drive(opening)
        self._opened.append(engine)
        return engine

    @property
    def environment(self) -> dict[str, str]:
        """Variables for a process that is to use the account."""
        moment = self._template.clock_ms
        clock = {} if moment is None else {TEST_CLOCK_VARIABLE: format_time(moment)}
        return {TOKEN_VARIABLE: self.token, **clock}

    def vault(self, title: str) -> str:
        """Return the id of a vault of the seed.

        Raises:
            NotFoundError: There is none of that title.
        """
        if title not in self._template.vaults:
            message = f"the account has no vault {title!r}"
            raise NotFoundError(message)
        return self._template.vaults[title]

    def add(self, vault: str, title: str, **fields: Any) -> str:
        """Make an item in a vault of the seed, as a seed describes it; return its id."""
        create = self.engine.items.create(self.vault(vault), make_item(title, fields))
        return str(drive(create)["id"])

    def close(self) -> None:
        """Release the file."""
        while self._opened:
            self._opened.pop().close()


def make_template(seed: SeedSource = None, *, clock: str | None = None) -> AccountTemplate:
    """Make an account from nothing; arguments as for `throw_away_account`."""
    chosen = load_seed(seed) if isinstance(seed, Path) else check_seed(seed or {"vault": {}})
    moment = None if clock is None else parse_time(clock)
    with private_folder() as folder:
        path = folder / _FILE_NAME
        made = create_account(
            url=path.as_uri(),
            name="Tests",
            email="tests@example.org",
            password=None,
            account=throw_away_id(make_bytes(ID_BYTES)),
            clock=system_clock if moment is None else lambda: moment,
        )
        unfinished = AccountTemplate(
            content=path.read_bytes(),
            account=parse_id(made.account_id, AccountId),
            user=parse_id(made.user_id, PrincipalId),
            seed=made.seed,
            pin=made.pin,
            token=Token("", b"", NO_ACCOUNT, NO_PRINCIPAL, b"", 0, NO_HASH, 0, 0, None),
            vaults={},
            clock_ms=moment,
        )
        path.unlink()
        account = ThrowAwayAccount(folder, unfinished)
        vaults = {title: _fill(account.engine, title, items) for title, items in items_of(chosen)}
        token = _make_token(account.engine, vaults)
        account.close()  # the last one to close leaves everything in the one file
        return msgspec.structs.replace(
            unfinished, content=path.read_bytes(), token=token, vaults=vaults
        )


@contextmanager
def throw_away_account(
    seed: SeedSource | AccountTemplate = None, *, clock: str | None = None
) -> Iterator[ThrowAwayAccount]:
    """Make an account in a private temporary folder; remove both afterwards.

    Args:
        seed: What is in it (`strongroom.testing.seeds`), as a mapping or as
            the path of a TOML or YAML file. `None`: one empty vault, `vault`.
            A template that was made before is copied.
        clock: RFC 3339 text: the time that stands still for one-time passwords
            and for everything else.

    Raises:
        InputError: The seed or the clock has another form.
    """
    template = seed if isinstance(seed, AccountTemplate) else make_template(seed, clock=clock)
    with private_folder() as folder:
        account = ThrowAwayAccount(folder, template)
        try:
            yield account
        finally:
            account.close()


@contextmanager
def private_folder() -> Iterator[Path]:
    """Make a folder of this user's alone; remove it with everything in it afterwards."""
    fast = _FAST_FOLDER if os.access(_FAST_FOLDER, os.W_OK | os.X_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="strongroom-test-", dir=fast))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(engine: Engine, vault: str, items: list[ItemDict]) -> str:
    vault_id: str = drive(engine.vaults.create(vault))["id"]
    for outcome in drive(engine.items.create_all(vault_id, items)):
        if isinstance(outcome, Exception):
            raise outcome
    return vault_id


def _make_token(engine: Engine, vaults: dict[str, str]) -> Token:
    mask = SERVICE_ACCOUNT_WORDS["write_items"] | SERVICE_ACCOUNT_WORDS["share_items"]
    grants = dict.fromkeys(vaults.values(), mask)
    create = engine.service_accounts.create("tests", grants, can_create_vaults=True)
    return parse_token(drive(create).expose())  # taken apart, to name the file of every copy
