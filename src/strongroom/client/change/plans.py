"""What a change intends for a container, before anything is sealed or signed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from strongroom.client.change.records import Identity, Recipient, seal_row
from strongroom.client.view.containers import Container
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.ids import PrincipalId
from strongroom.secret import veil
from strongroom.wire.access import Accessor, AccessRecord
from strongroom.wire.messages import SealedRow

# Permission bits by principal: who has which rights in a container.
Rights = Mapping[PrincipalId, int]


def rights_of(record: AccessRecord) -> dict[PrincipalId, int]:
    """Return the permission bits of a record by principal."""
    return {row.principal: row.permissions for row in record.accessors}


class Plan(msgspec.Struct, frozen=True):
    """The next record of a container as it is wanted; with `key` it begins an epoch."""

    container: Container
    rights: Rights
    key: SymmetricKey | None

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"Plan({self.container.name})"

    def seal_row(self, recipient: Recipient) -> tuple[Accessor, SealedRow]:
        """Seal the key of the planned record to a recipient; return its row and the sealed key.

        Raises:
            IntegrityError: Nothing can be sealed to its key (layer `key`).
        """
        record = self.container.record
        return seal_row(
            record.account,
            kind=record.kind,
            container=record.container,
            epoch=record.epoch if self.key is None else record.epoch + 1,
            key=self.container.key() if self.key is None else self.key,
            recipient=recipient,
        )


class Birth(msgspec.Struct, frozen=True):
    """A container to make."""

    identity: Identity
    rights: Rights
    key: SymmetricKey | None

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "Birth([secret])"
