"""Local files that are sealed under their owner's local key.

Source: specs/formats.md sections 3 (purpose 9) and 14.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from strongroom.crypto.sealing import Purpose, open_envelope, seal
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import IntegrityError, InvalidIdError, LocalFileError
from strongroom.home.files import Folder
from strongroom.ids import AccountId, PrincipalId

T = TypeVar("T")

_HINT: Final = (
    "run `strongroom account reset-state` to start afresh; "
    "until the next sync an older state of the account would then go unnoticed"
)


class SealedFile(msgspec.Struct, frozen=True):
    """One file of one user or service account, of one kind."""

    folder: Folder
    name: str
    kind: str
    account: AccountId
    user: PrincipalId

    def load(self, key: SymmetricKey, parse: Callable[[bytes], T]) -> T | None:
        """Return what the file holds, or `None` if there is none.

        Args:
            key: The local key of the user's keyset.
            parse: Reads the plaintext; may raise `ValueError` and `InvalidIdError`.

        Raises:
            LocalFileError: Damaged; the hint names the command to start afresh.
        """
        sealed = self.folder.load(self.name)
        if sealed is None:
            return None
        try:
            what = f"the {self.kind} file"
            return parse(open_envelope(key, Purpose.LOCAL, self._context, sealed, what=what))
        except (ValueError, IntegrityError, InvalidIdError):
            message = f"the {self.kind} file {self.folder.path / self.name} is damaged"
            raise LocalFileError(message, hint=_HINT) from None

    def store(self, key: SymmetricKey, plain: bytes) -> None:
        """Make or replace the file, atomically; whoever read it before holds the folder's lock.

        Raises:
            LocalFileError: The disk refused.
        """
        self.folder.store(self.name, seal(key, Purpose.LOCAL, self._context, plain))

    @property
    def _context(self) -> tuple[AccountId, PrincipalId, str]:
        return (self.account, self.user, self.kind)
