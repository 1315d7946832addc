"""Resolving references to values.

A first resolve by name is one look-up after the sync. Later ones ask only
whether anything changed: what was verified stays sealed in memory and is
opened anew for each answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from strongroom.client.view.containers import Container
from strongroom.client.view.names import ItemName, find_items, match_vault
from strongroom.client.view.objects import (
    Verified,
    name_object,
    open_details_bytes,
    open_verified,
)
from strongroom.client.view.session import Found, Session
from strongroom.errors import (
    AmbiguousError,
    InvalidReferenceError,
    InvalidSshKeyError,
    NotFoundError,
    ResolveError,
    StrongroomError,
    TooLargeError,
)
from strongroom.ids import format_id
from strongroom.items.lookup import find_field
from strongroom.items.models import FieldView, read_details
from strongroom.limits import BATCH_MAX
from strongroom.references import Reference, parse_reference
from strongroom.secret import veil

if TYPE_CHECKING:
    from strongroom.client.secret_files import FileTarget

# How many references keep their verified item in memory; past that all are dropped and filled anew.
WARM_REFERENCES_MAX: Final = 10_000

_OTP_ATTRIBUTES: Final = frozenset({"otp", "totp"})


class Resolved(msgspec.Struct, frozen=True):
    """A value and where it stands."""

    secret: str
    item_id: str
    vault_id: str

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"Resolved(item_id={self.item_id!r})"


# What resolving gives for one reference: its value, or why it has none.
Outcome = Resolved | StrongroomError
# Reads the text of a reference: as the SDKs do, or as the command line does.
Parser = Callable[[str], Reference]


class _Warm(msgspec.Struct, frozen=True):
    """What a reference led to while `token` stays the same."""

    token: object
    reference: Reference
    container: Container
    verified: Verified


class Secrets:
    """Values by reference."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._warm: dict[str, _Warm] = {}

    async def resolve(self, reference: str) -> str:
        """Return the value that a reference leads to.

        Raises:
            InvalidReferenceError: The reference has a wrong form.
            ResolveError: It leads to no single value; `tag` says why.
            StrongroomError: The home was not reached, or is not to be trusted.
        """
        session = self._session
        warm = self._warm.get(reference)
        if warm is not None and warm.token == session.transport.change_token():
            session.check_expiry()
            value = self._value(warm.reference, warm.container, warm.verified)
            if isinstance(value, str):  # files are never kept
                return value
        outcome = (await self.resolve_all([reference]))[reference]
        if isinstance(outcome, Resolved):
            return outcome.secret
        raise outcome

    async def find(self, reference: str, *, parse: Parser = parse_reference) -> str | FileTarget:
        """Return the value that a reference leads to, or the file, which is not read yet.

        Args:
            parse: As whose references it is read.

        Raises:
            StrongroomError: As `resolve`, but for what concerns a file's content.
        """
        met = (await self._meet([reference], parse))[reference]
        if isinstance(met, StrongroomError):
            raise met
        return met.secret if isinstance(met, Resolved) else met

    async def resolve_all(
        self, references: Sequence[str], *, parse: Parser = parse_reference
    ) -> dict[str, Resolved | StrongroomError]:
        """Return for every reference its value, or why it has none, in one trip.

        Args:
            parse: As whose references they are read.

        Raises:
            TooLargeError: More than 10,000 references.
            StrongroomError: The home was not reached, or refuses the credential.
        """
        met = await self._meet(references, parse)
        return {text: await self._read_outcome(text, one) for text, one in met.items()}

    async def _read_outcome(self, text: str, met: Outcome | FileTarget) -> Outcome:
        """Read the file at which a reference ends, if it ends at one."""
        if isinstance(met, Resolved | StrongroomError):
            return met
        from strongroom.client.secret_files import read_text

        try:
            secret = await read_text(self._session, met)
        except StrongroomError as error:
            return _told(error, text)
        return Resolved(secret, met.item_id, met.vault_id)

    async def _meet(
        self, references: Sequence[str], parse: Parser
    ) -> dict[str, Outcome | FileTarget]:
        """Return for every reference where it ends; files are not read."""
        if len(references) > BATCH_MAX:
            message = f"at most {BATCH_MAX} references can be resolved at once"
            raise TooLargeError(message)
        texts = list(dict.fromkeys(references))
        parsed: dict[str, Reference] = {}
        outcomes: dict[str, Outcome | FileTarget] = {}
        for text in texts:
            try:
                parsed[text] = parse(text)
            except InvalidReferenceError as error:
                outcomes[text] = _told(error, text)
        outcomes |= await self._session.fresh(partial(self._resolve_parsed, parsed))
        return {text: outcomes[text] for text in texts}

    async def _resolve_parsed(
        self, parsed: dict[str, Reference]
    ) -> dict[str, Outcome | FileTarget]:
        session = self._session
        token = session.transport.change_token()
        vaults = await self._match_vaults({row.vault for row in parsed.values()})
        names: dict[str, ItemName] = {}
        outcomes: dict[str, Outcome | FileTarget] = {}
        for text, reference in parsed.items():
            vault = vaults[reference.vault]
            if isinstance(vault, StrongroomError):
                outcomes[text] = _told(vault, text)
            else:
                names[text] = ItemName(vault.id, reference.item)
        wanted = list(dict.fromkeys(names.values()))
        found = dict(zip(wanted, await find_items(session, wanted), strict=True))

        containers = {row.id: row for row in vaults.values() if isinstance(row, Container)}

        def resolve(text: str) -> Outcome | FileTarget:
            container = containers[names[text].vault]
            return self._outcome(text, parsed[text], container, found[names[text]], token)

        values = await session.each(names, resolve)
        return outcomes | dict(zip(names, values, strict=True))

    async def _match_vaults(self, names: set[str]) -> dict[str, Container | StrongroomError]:
        """Find vaults by name or id; look again once, for all, before denying any."""
        session = self._session
        found = {name: _match(session, name) for name in names}
        if any(isinstance(row, NotFoundError) for row in found.values()):
            await session.sync_fresh()
            found = {name: _match(session, name) for name in names}
        return found

    def _outcome(
        self, text: str, reference: Reference, container: Container, found: Found, token: object
    ) -> Outcome | FileTarget:
        try:
            verified = _only_item(found)
            value = self._value(reference, container, verified)
        except StrongroomError as error:
            return _told(error, text)
        if not isinstance(value, str):
            return value
        self._keep(text, _Warm(token, reference, container, verified))
        object_id = format_id(verified.revision.object)
        return Resolved(value, object_id, format_id(container.id))

    def _keep(self, text: str, warm: _Warm) -> None:
        # What only the command line knows stays unknown to `resolve`.
        reference = warm.reference
        known = text == str(reference) and reference.attribute in {None, *_OTP_ATTRIBUTES}
        if warm.token is None or not known:
            return
        if len(self._warm) >= WARM_REFERENCES_MAX:
            self._warm = {}
        self._warm[text] = warm

    def _value(
        self, reference: Reference, container: Container, verified: Verified
    ) -> str | FileTarget:
        raw = open_details_bytes(container, verified)
        details = read_details(raw, what=name_object(verified.revision.object))
        try:
            field = find_field(details, section=reference.section, field=reference.field)
        except ResolveError as error:
            from strongroom.client.secret_files import find_target  # few references name a file

            return find_target(error, reference, details, raw, verified)
        if reference.attribute in _OTP_ATTRIBUTES:
            return self._code(field)
        if reference.ssh_format is not None:
            return _openssh(field)
        if reference.attribute is not None:
            from strongroom.items.attributes import field_attribute

            category = partial(_category, container, verified)
            return field_attribute(field, reference.attribute, category=category)
        return _text(field)

    def _code(self, field: FieldView) -> str:
        if field.field_type != "Totp":
            message = "the field is not a one-time password"
            raise ResolveError(message, tag="incompatibleTOTPQueryParameterField")
        from strongroom.items.rows import compute_code

        computed = compute_code(_text(field), self._session.clock())
        if computed["code"] is None:
            raise ResolveError(str(computed["errorMessage"]), tag="unableToGenerateTotpCode")
        return str(computed["code"])


def _category(container: Container, verified: Verified) -> str:
    return str(open_verified(container, verified).overview.get("category"))


def _text(field: FieldView) -> str:
    """Return a field's value; a type that a newer client made may hold something else."""
    if not isinstance(field.value, str):
        message = "the field holds something that this release cannot read"
        raise ResolveError(message, tag="other", hint="update strongroom")
    return field.value


def _openssh(field: FieldView) -> str:
    """Return the private key of an SSH key field in OpenSSH's form."""
    if field.field_type != "SshKey":
        message = "ssh-format needs the private key of an SSH key item"
        raise ResolveError(message, tag="incompatibleSshKeyQueryParameterField")
    text = _text(field)
    if not text:
        message = "the item has no private SSH key"
        raise ResolveError(message, tag="sSHKeyMetadataNotFound")
    from strongroom.crypto.ssh_keys import parse_private_key

    try:
        return parse_private_key(text).format_openssh()
    except InvalidSshKeyError as error:
        raise ResolveError(error.message, tag=error.tag, hint=error.hint) from None


def _match(session: Session, name: str) -> Container | StrongroomError:
    try:
        return match_vault(session, name)
    except StrongroomError as error:
        return error


def _only_item(rows: Found) -> Verified:
    if isinstance(rows, StrongroomError):
        raise rows
    if not rows:
        message = "no item matched the secret reference query"
        raise ResolveError(message, tag="itemNotFound")
    if len(rows) > 1:
        message = "more than one item matched the secret reference query"
        raise ResolveError(
            message,
            tag="tooManyItems",
            candidates=tuple(format_id(row.revision.object) for row in rows),
            hint="name the item by its ID",
        )
    return rows[0]


def _told(error: StrongroomError, text: str) -> StrongroomError:
    """Return an error with the reference it belongs to, and the SDK's tag.

    A traceback shows the reference and the candidates as notes; the text of the
    error stays the one that programs match.
    """
    if isinstance(error, InvalidReferenceError):
        error.tag, error.reference = "parsing", text
        return error  # without a note: whatever was given for a reference may be a secret
    if isinstance(error, NotFoundError) and error.tag == "vaultNotFound":
        message = "no vault matched the secret reference query"
        told: StrongroomError = ResolveError(message, tag="vaultNotFound")
    elif isinstance(error, AmbiguousError):
        message = "more than one vault matched the secret reference query"
        told = ResolveError(
            message, tag="tooManyVaults", candidates=error.candidates, hint=error.hint
        )
    else:
        # Two references may share one error, for example of their vault: each gets its own copy.
        told = copy(error)
    told.reference = text
    told.__notes__ = [f"reference: {text}"]
    if told.candidates:
        told.add_note(f"candidates: {', '.join(told.candidates)}")
    return told
