"""To which keysets of a principal the key of a container is sealed.

Source: specs/formats.md sections 4 and 6: to the current one, and in a rotation
also to the older keysets of a token whose agreed end lies ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from strongroom.client.change.holders import Holders
from strongroom.client.change.ledger import Ledger
from strongroom.client.change.records import Recipient
from strongroom.crypto.public.digests import Fingerprint
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.ids import PrincipalId
from strongroom.wire.access import Accessor
from strongroom.wire.entries import Entry

# Gives a recipient, or raises IntegrityError where its key is forged or missing.
MakeRecipient = Callable[[], Recipient]


class Recipients:
    """The keys of principals as they will be after a change of the directory, if there is one."""

    def __init__(
        self,
        entry: Callable[[PrincipalId], Entry],
        holders: Holders,
        ledger: Ledger | None,
        *,
        now: int,
    ) -> None:
        """Take the change's own answer to what an entry will be, and where keys come from."""
        self._entry = entry
        self._holders = holders
        self._ledger = ledger
        self._now = now

    def current(self, principal: PrincipalId, bits: int) -> Recipient:
        """Return the current keyset of a principal.

        Raises:
            IntegrityError: Its key is forged or missing (layer `key-hash`).
        """
        entry, ledger = self._entry(principal), self._ledger
        enc_pk = ledger.enc_pk(principal) if ledger else self._holders.need(principal).enc_pk
        return Recipient(principal, entry.kind, entry.current.fp, enc_pk, bits)

    def for_rows(
        self, principal: PrincipalId, bits: int, held: list[Accessor], *, rotates: bool
    ) -> Iterator[MakeRecipient]:
        """Return the keysets that get a newly sealed row, one by one, since one may be unusable.

        Args:
            held: The rows of the principal so far.
        """
        entry = self._entry(principal)
        fps = {row.fp for row in held}
        if rotates or entry.current.fp not in fps:
            yield partial(self.current, principal, bits)
        if not rotates or entry.kind != PrincipalKind.SERVICE_ACCOUNT:
            return
        for keyset in entry.keysets[:-1]:
            if not keyset.until and keyset.fp in fps and not self._is_over(principal, keyset.fp):
                yield partial(self._older, principal, bits, keyset.fp)

    def _is_over(self, principal: PrincipalId, fp: Fingerprint) -> bool:
        """Tell whether the agreed end of an older keyset has come."""
        return 0 < self._holders.need(principal).ends_ms(fp) <= self._now

    def _older(self, principal: PrincipalId, bits: int, fp: Fingerprint) -> Recipient:
        enc_pk = self._holders.need(principal).row(fp).enc_pk
        return Recipient(principal, PrincipalKind.SERVICE_ACCOUNT, fp, enc_pk, bits)
