"""What a client has verified, or can ask for by hash, when it judges a signature."""

from dataclasses import dataclass, field

from generator.crypto import verifies
from generator.directory import GROUP, Entry
from generator.errors import refuse, require
from generator.roots import Root


@dataclass
class Known:
    """What a client has verified, or can ask for by hash."""

    account: bytes
    entries: dict[bytes, Entry]
    roots: list[Root]
    records: dict[bytes, tuple[bytes, bytes]]
    head_rev: int
    head_generation: int
    signature_checks: int = field(default=0)

    def check_signer(self, principal: bytes, fp: bytes, rev: int) -> bytes:  # noqa: RET503  (refuse raises)
        """The signing key of an author at a directory rev, if it may be used."""
        entry = self.entries.get(principal)
        if entry is None or entry.kind == GROUP or rev > self.head_rev:
            refuse("signer", "forbidden")
        require(entry.active_at(rev), "signer", "forbidden")
        for keyset in entry.keysets:
            if keyset.fp == fp and keyset.covers(rev):
                return keyset.sign_pk
        refuse("signer", "forbidden")

    def check_signature(self, key: bytes, signature: bytes, body: bytes) -> None:
        """Count it, because a cold start promises how many there are."""
        self.signature_checks += 1
        require(verifies(key, signature, body), "signature")

    def root_in_force(self, rev: int) -> Root | None:
        """The root document of a directory rev."""
        return next((r for r in reversed(self.roots) if r.from_rev <= rev), None)
