"""Making an account, and unlocking it with password and Secret Key.

Source: specs/formats.md sections 2 and 7.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from strongroom.client.containers import Acting
from strongroom.client.objects import Draft, seal_revision
from strongroom.client.place import Place
from strongroom.client.records import Identity, NewContainer, Recipient, make_container
from strongroom.crypto.hashes import HASH_BYTES, sha256
from strongroom.crypto.keysets import SEED_BYTES, Keyset
from strongroom.crypto.principals import PrincipalKind, derive_principal_id
from strongroom.crypto.randomness import make_bytes
from strongroom.crypto.sealing import NO_KEY_ID, Purpose, open_envelope, seal
from strongroom.crypto.secret_keys import make_secret_key
from strongroom.crypto.signatures import derive_public_key
from strongroom.crypto.tokens import decode_base64url, encode_base64url
from strongroom.crypto.unlock import (
    KDF_SALT_BYTES,
    KdfParameters,
    UnlockKeys,
    check_new_password,
    check_parameters,
    derive_unlock_keys,
)
from strongroom.errors import InputError, IntegrityError, UnauthorizedError
from strongroom.ids import ID_BYTES
from strongroom.limits import INTEGER_MAX
from strongroom.permissions import ALL_BITS, READ_ITEMS, REVEAL_ITEM_PASSWORD
from strongroom.secret import Secret, veil
from strongroom.trust.directory import HeadMark, Pin
from strongroom.trust.merkle import hash_leaf, tree_root
from strongroom.wire.access import ContainerKind, Subtype
from strongroom.wire.entries import Entry, EntryKeyset, EntryState
from strongroom.wire.heads import Head
from strongroom.wire.messages import (
    CommitRequest,
    DirectoryChange,
    EntryWrite,
    StoredRevision,
    UserRow,
)
from strongroom.wire.roots import RootDocument, RootSigner
from strongroom.wire.signed import SignedBody, SignedRoot

# RFC 5321 section 4.5.3.1.3: a path has 256 octets, two of them brackets. Names have the same room.
EMAIL_CHARACTERS_MAX = 254
NAME_CHARACTERS_MAX = 254

_FIRST_REV = 1
_KEYSET_NUMBER = 1
_POLICY = b'{"membersCreateVaults":true}'
_PERSONAL_TITLE = "Private"
_GROUP_NAMES = ("Owners", "Administrators", "Team Members")


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account in the making: what its owner keeps, and the change that stores it."""

    account: bytes
    user: bytes
    secret_key: Secret[str]
    keyset: Keyset
    pin: Pin
    kdf: KdfParameters
    request: CommitRequest


class Unlocked(msgspec.Struct, frozen=True):
    """What password and Secret Key opened: the seed, and the pin that came with it.

    `kdf` is what it took, for the device to remember.
    """

    seed: bytes
    pin: Pin
    head: HeadMark
    kdf: KdfParameters

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "Unlocked([secret])"


class _Founder(msgspec.Struct, frozen=True):
    """The first owner while the account is made."""

    keyset: Keyset
    place: Place

    def recipient(self) -> Recipient:
        return Recipient(
            self.place.signer,
            PrincipalKind.USER,
            self.place.signer_fp,
            self.keyset.enc_pk,
            ALL_BITS,
        )


def make_account(*, name: str, email: str, password: Secret[str], now: int) -> NewAccount:
    """Make an account with its first owner, groups, names and personal vault.

    Takes the time of one key derivation.

    Args:
        name: The owner's name, sealed in the account's names.
        password: At least 10 characters.

    Raises:
        InputError: A name or e-mail address that cannot be one.
        InvalidPasswordError: The password is too short, too long or empty.
    """
    _check_name(name)
    _check_email(email)
    check_new_password(password.expose())  # to refuse before any work
    account, keyset = make_bytes(ID_BYTES), Keyset.make()
    enc_hash = sha256(keyset.enc_pk)
    user = derive_principal_id(account, PrincipalKind.USER, enc_hash, keyset.sign_pk)
    fp = keyset.fingerprint(user, PrincipalKind.USER)
    founder = _Founder(keyset, Place(account, 0, _FIRST_REV, user, fp, now))
    groups = [_make_group(founder) for _ in _GROUP_NAMES]
    root = _make_root(founder, groups)
    pin = Pin(0, sha256(root.body))
    directory = _make_directory(founder, groups, root, pin)
    names = _make_names(founder, groups)
    personal = _make_personal_vault(founder)
    titles = [
        (user, name),
        *((row.id, text) for row, text in zip(groups, _GROUP_NAMES, strict=True)),
    ]
    # The owners group has all rights in the account's names; the founder acts through it.
    acting = Acting(groups[0].id, groups[0].record_hash, ALL_BITS)
    revisions = [_seal_profile(founder, names, acting, who, text) for who, text in titles]
    revisions.append(_seal_title(founder, personal, _PERSONAL_TITLE))
    secret_key = Secret(make_secret_key())
    kdf = KdfParameters(make_bytes(KDF_SALT_BYTES))
    return NewAccount(
        account=account,
        user=user,
        secret_key=secret_key,
        keyset=keyset,
        pin=pin,
        kdf=kdf,
        request=CommitRequest(
            directory=directory,
            records=tuple(row.change for row in (*groups, names, personal)),
            revisions=tuple(revisions),
            user=_make_user_row(founder, email, password, secret_key, kdf, pin),
        ),
    )


def _check_name(name: str) -> None:
    if not 1 <= len(name.strip(" ")) <= NAME_CHARACTERS_MAX or not name.isprintable():
        message = f"a name has 1 to {NAME_CHARACTERS_MAX} printable characters"
        raise InputError(message)


def _check_email(email: str) -> None:
    # Nothing is ever mailed, so only what would break a line or a lookup is refused.
    plain = email.isprintable() and " " not in email and "@" in email[1:-1]
    if not plain or len(email) > EMAIL_CHARACTERS_MAX:
        message = f"an e-mail address has an @ and at most {EMAIL_CHARACTERS_MAX} characters"
        raise InputError(message)


def unlock(
    user: UserRow,
    *,
    account: bytes,
    principal: bytes,
    secret_key: Secret[str],
    password: Secret[str],
    remembered: KdfParameters | None,
) -> Unlocked:
    """Open a user's seed.

    Args:
        remembered: The derivation parameters that this device has seen.

    Raises:
        KdfRefusedError: The keeper's parameters are outside the limits.
        KdfDowngradeError: They are weaker than remembered.
        UnauthorizedError: Wrong password or Secret Key; never said which.
        IntegrityError: What was opened is not a seed.
    """
    parameters = KdfParameters(user.salt, user.t, user.m, user.lanes)
    if not 1 <= user.keyset <= INTEGER_MAX:
        message = "the account's row of this user is damaged"
        raise IntegrityError(message)
    check_parameters(parameters, remembered=(remembered.t, remembered.m) if remembered else None)
    keys = derive_unlock_keys(
        password.expose(),  # to derive from it
        secret_key.expose(),  # likewise
        parameters,
        account=account,
        user=principal,
    )
    context = (account, principal, user.keyset)
    try:
        raw = open_envelope(
            keys.unlock,
            Purpose.KEYSET_SEED,
            context,
            user.seed,
            what="the sealed keys of the account",
            key_id=NO_KEY_ID,
        )
    except IntegrityError as error:
        if error.layer not in ("commitment", "tag"):
            raise
        message = "the password or the Secret Key is wrong"
        raise UnauthorizedError(message) from None
    return _parse_seed(raw, parameters)


def _parse_seed(raw: bytes, kdf: KdfParameters) -> Unlocked:
    try:
        record: dict[str, Any] = json.loads(raw)
        seed = decode_base64url(record["seed"])
        root_version, root_hash = record["root"]
        generation, rev = record["head"]
        pin = Pin(int(root_version), decode_base64url(root_hash))
        unlocked = Unlocked(seed, pin, HeadMark(int(generation), int(rev)), kdf)
    except (ValueError, KeyError, TypeError):
        unlocked = None
    if unlocked is None or (len(seed), len(pin.hash)) != (SEED_BYTES, HASH_BYTES):
        message = "the sealed keys of the account do not hold a seed"
        raise IntegrityError(message, layer="document")
    return unlocked


def _make_group(founder: _Founder) -> NewContainer:
    identity = Identity.make(ContainerKind.GROUP, founder.place.signer)
    seed = make_bytes(SEED_BYTES)
    return make_container(founder.place, identity, [founder.recipient()], founder.keyset, key=seed)


def _group_fp(group: NewContainer) -> bytes:
    return Keyset(group.key).fingerprint(group.id, PrincipalKind.GROUP)


def _make_root(founder: _Founder, groups: list[NewContainer]) -> SignedRoot:
    owners, administrators, team_members = groups
    place = founder.place
    root = RootDocument(
        account=place.account,
        version=0,
        previous=b"",
        generation=0,
        from_rev=_FIRST_REV,
        created_ms=place.now,
        owners=(RootSigner(place.signer, place.signer_fp, founder.keyset.sign_pk),),
        administrators=(),
        owners_group=owners.id,
        owners_group_fp=_group_fp(owners),
        administrators_group=administrators.id,
        administrators_group_fp=_group_fp(administrators),
        team_members_group=team_members.id,
        policy=_POLICY,
    )
    body = root.encode()
    return SignedRoot(body, ((place.signer, founder.keyset.sign(body)),))


def _make_directory(
    founder: _Founder, groups: list[NewContainer], root: SignedRoot, pin: Pin
) -> DirectoryChange:
    place = founder.place
    people = [(place.signer, PrincipalKind.USER, founder.keyset)]
    people += [(group.id, PrincipalKind.GROUP, Keyset(group.key)) for group in groups]
    writes = [
        _make_entry(place, index, principal, kind, keyset)
        for index, (principal, kind, keyset) in enumerate(people)
    ]
    head = Head(
        account=place.account,
        generation=0,
        rev=_FIRST_REV,
        previous=b"",
        root_version=0,
        root_hash=pin.hash,
        count=len(writes),
        tree_root=tree_root([hash_leaf(write.body) for write in writes]),
        created_ms=place.now,
        signer=place.signer,
    )
    body = head.encode()
    signed = SignedBody(body, founder.keyset.sign(body))
    return DirectoryChange(entries=tuple(writes), head=signed, root=root)


def _make_entry(
    place: Place, index: int, principal: bytes, kind: int, keyset: Keyset
) -> EntryWrite:
    fp = keyset.fingerprint(principal, kind)
    row = EntryKeyset(_KEYSET_NUMBER, fp, sha256(keyset.enc_pk), keyset.sign_pk, _FIRST_REV, 0)
    entry = Entry(
        account=place.account,
        index=index,
        principal=principal,
        kind=kind,
        entry_rev=_FIRST_REV,
        state=EntryState.ACTIVE,
        state_rev=_FIRST_REV,
        flags=0,
        creator=place.signer,
        expires_ms=0,
        keysets=(row,),
    )
    return EntryWrite(body=entry.encode(), enc_pk=keyset.enc_pk)


def _make_names(founder: _Founder, groups: list[NewContainer]) -> NewContainer:
    """Make the account container: every principal's name."""
    read = READ_ITEMS | REVEAL_ITEM_PASSWORD
    recipients = [
        Recipient(group.id, PrincipalKind.GROUP, _group_fp(group), Keyset(group.key).enc_pk, bits)
        for group, bits in zip(groups, (ALL_BITS, ALL_BITS, read), strict=True)
    ]
    identity = Identity.make(ContainerKind.ACCOUNT, founder.place.signer)
    return make_container(founder.place, identity, recipients, founder.keyset)


def _make_personal_vault(founder: _Founder) -> NewContainer:
    identity = Identity.make(ContainerKind.VAULT, founder.place.signer, subtype=Subtype.PERSONAL)
    return make_container(founder.place, identity, [founder.recipient()], founder.keyset)


def _seal_profile(
    founder: _Founder, names: NewContainer, acting: Acting, principal: bytes, name: str
) -> StoredRevision:
    draft = Draft(object=principal, overview={"name": name, "description": ""}, details={})
    return seal_revision(founder.place, names.opened(), acting, draft, founder.keyset)


def _seal_title(founder: _Founder, vault: NewContainer, title: str) -> StoredRevision:
    acting = Acting(founder.place.signer, b"", ALL_BITS)
    draft = Draft(object=vault.id, overview={"title": title, "description": ""}, details={})
    return seal_revision(founder.place, vault.opened(), acting, draft, founder.keyset)


def _make_user_row(
    founder: _Founder,
    email: str,
    password: Secret[str],
    secret_key: Secret[str],
    kdf: KdfParameters,
    pin: Pin,
) -> UserRow:
    place = founder.place
    keys: UnlockKeys = derive_unlock_keys(
        password.expose(),  # to derive from it
        secret_key.expose(),  # likewise
        kdf,
        account=place.account,
        user=place.signer,
    )
    record = {
        "seed": encode_base64url(founder.keyset.expose_seed()),  # this is where it is sealed
        "root": [pin.version, encode_base64url(pin.hash)],
        "head": [place.generation, place.directory_rev],
        "keyset": _KEYSET_NUMBER,
    }
    seed = seal(
        keys.unlock,
        Purpose.KEYSET_SEED,
        (place.account, place.signer, _KEYSET_NUMBER),
        json.dumps(record, separators=(",", ":")).encode(),
        key_id=NO_KEY_ID,
    )
    return UserRow(
        email=email,
        salt=kdf.salt,
        t=kdf.t,
        m=kdf.m,
        lanes=kdf.lanes,
        keyset=_KEYSET_NUMBER,
        seed=seed,
        auth_pk=derive_public_key(keys.auth_seed),
    )
