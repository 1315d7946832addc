"""What a change intends for a container, before anything is sealed or signed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from strongroom.client.change.records import Identity
from strongroom.client.view.containers import Container
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.ids import PrincipalId
from strongroom.secret import veil
from strongroom.wire.access import AccessRecord

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


class Birth(msgspec.Struct, frozen=True):
    """A container to make."""

    identity: Identity
    rights: Rights
    key: SymmetricKey | None

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "Birth([secret])"
