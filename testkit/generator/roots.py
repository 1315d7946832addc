"""Root documents as bytes (section 4 of specs/formats.md).

Writing keeps whatever it is given, so that a case can hold a wrong value under
a right signature.  Reading looks at the shape only.
"""

import json
from dataclasses import dataclass
from functools import cached_property

from generator.crypto import sha256
from generator.errors import require
from generator.pae import Part, Reader, ascending, encode, flatten


@dataclass(frozen=True)
class Listed:
    """An owner or administrator in a root document."""

    principal: bytes
    fp: bytes
    sign_pk: bytes


@dataclass(frozen=True)
class Root:
    """Who may sign."""

    account: bytes
    version: int
    previous: bytes
    generation: int
    from_rev: int
    created: int
    owners: tuple[Listed, ...]
    administrators: tuple[Listed, ...]
    owners_group: bytes
    owners_fp: bytes
    administrators_group: bytes
    administrators_fp: bytes
    members_group: bytes
    policy: str

    def parts(self) -> list[Part]:
        """The parts of the signed body."""
        rows = [
            flatten((p.principal, p.fp, p.sign_pk) for p in people)
            for people in (self.owners, self.administrators)
        ]
        return [
            "sr/v1/root",
            self.account,
            self.version,
            self.previous,
            self.generation,
            self.from_rev,
            self.created,
            *rows[0],
            *rows[1],
            self.owners_group,
            self.owners_fp,
            self.administrators_group,
            self.administrators_fp,
            self.members_group,
            self.policy,
        ]

    @cached_property
    def body(self) -> bytes:
        """The signed bytes."""
        return encode(*self.parts())

    @property
    def hash(self) -> bytes:
        """`H(body)`, the pin."""
        return sha256(self.body)

    def lists(self, principal: bytes, *, owners_only: bool = False) -> Listed | None:
        """The row of a principal, if this document lists it."""
        people = self.owners if owners_only else (*self.owners, *self.administrators)
        return next((row for row in people if row.principal == principal), None)

    def may_sign(self, principal: bytes, container: bytes) -> Listed | None:
        """The row that lets a principal sign for a container; two groups are the owners' alone."""
        owners_only = container in (self.owners_group, self.administrators_group)
        return self.lists(principal, owners_only=owners_only)


def _read_listed(reader: Reader) -> Listed:
    return Listed(reader.fixed(16), reader.fixed(32), reader.fixed(32))


def parse_root(body: bytes) -> Root:
    """A root document, shape only."""
    reader = Reader(body, "sr/v1/root")
    root = Root(
        reader.fixed(16),
        reader.integer(),
        reader.optional(32),
        reader.integer(),
        reader.integer(),
        reader.integer(),
        tuple(reader.rows(_read_listed)),
        tuple(reader.rows(_read_listed)),
        reader.fixed(16),
        reader.fixed(32),
        reader.fixed(16),
        reader.fixed(32),
        reader.fixed(16),
        _policy(reader.raw()),
    )
    reader.end()
    for people in (root.owners, root.administrators):
        require(ascending([p.principal for p in people]), "form")
    require((root.version == 0) == (root.previous == b""), "form")
    return root


def _policy(raw: bytes) -> str:
    try:
        text = raw.decode()
        require(isinstance(json.loads(text), dict), "form")
    except ValueError:
        require(False, "form")
    return text
