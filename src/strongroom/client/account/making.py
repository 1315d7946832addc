"""Making an account.

Source: specs/formats.md sections 2 and 7.
"""

from __future__ import annotations

import msgspec

from strongroom.client.account.unlocking import UserKeys, seal_user_row
from strongroom.client.change.records import Identity, NewContainer, Recipient, make_container
from strongroom.client.people.profiles import check_email, check_name, new_profile
from strongroom.client.vaults import PERSONAL_TITLE
from strongroom.client.view.containers import Acting
from strongroom.client.view.objects import Draft, seal_revision
from strongroom.client.view.place import Place
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.costs import KDF_SALT_BYTES, KdfParameters
from strongroom.crypto.public.digests import NO_HASH, Fingerprint
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind, derive_principal_id
from strongroom.crypto.public.randomness import make_bytes
from strongroom.crypto.secret_keys import make_secret_key
from strongroom.crypto.unlock import check_new_password
from strongroom.ids import ID_BYTES, AccountId, PrincipalId, own_object, principal_of_group
from strongroom.permissions import ALL_BITS, READ_ITEMS, REVEAL_ITEM_PASSWORD
from strongroom.secret import Secret
from strongroom.trust.directory import HeadMark, Pin
from strongroom.trust.merkle import hash_leaf, tree_root
from strongroom.wire.access import ContainerKind, Subtype
from strongroom.wire.entries import Entry, EntryKeyset, EntryState
from strongroom.wire.heads import Head
from strongroom.wire.messages import (
    CommitRequest,
    CreateAccountRequest,
    DirectoryChange,
    EntryWrite,
    StoredRevision,
)
from strongroom.wire.roots import RootDocument, RootSigner
from strongroom.wire.signed import SignedBody, SignedRoot

_FIRST_REV = 1
_KEYSET_NUMBER = 1
_POLICY = b'{"membersCreateVaults":true}'
_GROUP_NAMES = ("Owners", "Administrators", "Team Members")


class AccountDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An account in the making: what its owner keeps, and the change that stores it."""

    account: AccountId
    user: PrincipalId
    secret_key: Secret[str]
    keyset: Keyset
    pin: Pin
    kdf: KdfParameters
    request: CreateAccountRequest


class _Founder(msgspec.Struct, frozen=True):
    """The first owner while the account is made."""

    keyset: Keyset
    place: Place

    @classmethod
    def make(cls, account: AccountId, now: int) -> _Founder:
        """Make the keys of the first owner of an account."""
        keyset = Keyset.make()
        enc_hash = sha256(keyset.enc_pk)
        user = derive_principal_id(account, PrincipalKind.USER, enc_hash, keyset.sign_pk)
        fp = keyset.fingerprint(user, PrincipalKind.USER)
        return cls(keyset, Place(account, 0, _FIRST_REV, user, fp, now))

    def recipient(self) -> Recipient:
        return Recipient(
            self.place.signer,
            PrincipalKind.USER,
            self.place.signer_fp,
            self.keyset.enc_pk,
            ALL_BITS,
        )

    def keys(self, pin: Pin) -> UserKeys:
        """Return what the owner's password and Secret Key are to open."""
        place = self.place
        return UserKeys(
            account=place.account,
            user=place.signer,
            seed=self.keyset.expose_seed(),  # this is where it is sealed
            keyset=_KEYSET_NUMBER,
            pin=pin,
            head=HeadMark(place.generation, place.directory_rev),
        )


def make_account(
    *,
    name: str,
    email: str,
    password: Secret[str] | None,
    now: int,
    account: AccountId | None = None,
) -> AccountDraft:
    """Make an account with its first owner, groups, names and personal vault.

    Takes one key derivation.

    Args:
        name: The owner's name, sealed in the account's names.
        password: At least 10 characters; with `None` nobody can ever unlock the account.
        account: Its id; random if not given.

    Raises:
        InputError: A name or e-mail address that cannot be one.
        InvalidPasswordError: The password is too short, too long or empty.
    """
    _check_founder(name=name, email=email, password=password)
    founder = _Founder.make(account or AccountId(make_bytes(ID_BYTES)), now)
    groups = [_make_group(founder) for _ in _GROUP_NAMES]
    root = _make_root(founder, groups)
    pin = Pin(0, sha256(root.body))
    directory = _make_directory(founder, groups, root, pin)
    names = _make_names(founder, groups, pin)
    personal = _make_personal_vault(founder)
    change = CommitRequest(
        directory=directory,
        records=tuple(made.change for made in (*groups, names, personal)),
        revisions=(
            *_seal_profiles(founder, names, groups, name=name, email=email),
            _seal_title(founder, personal, PERSONAL_TITLE),
        ),
    )
    secret_key, kdf = Secret(make_secret_key()), KdfParameters(make_bytes(KDF_SALT_BYTES))
    user = None
    if password is not None:
        keys = founder.keys(pin)
        user = seal_user_row(keys, email=email, password=password, secret_key=secret_key, kdf=kdf)
    return AccountDraft(
        account=founder.place.account,
        user=founder.place.signer,
        secret_key=secret_key,
        keyset=founder.keyset,
        pin=pin,
        kdf=kdf,
        request=CreateAccountRequest(change=change, user=user),
    )


def _check_founder(*, name: str, email: str, password: Secret[str] | None) -> None:
    """Refuse what cannot be, before any work."""
    check_name(name)
    check_email(email)
    if password is not None:
        check_new_password(password.expose())


def _seal_profiles(
    founder: _Founder, names: NewContainer, groups: list[NewContainer], *, name: str, email: str
) -> list[StoredRevision]:
    """Seal the names of the owner and of the groups."""
    # The owners group has all rights in the account's names; the founder acts through it.
    acting = Acting(principal_of_group(groups[0].id), groups[0].record_hash, ALL_BITS)
    titles = zip(groups, _GROUP_NAMES, strict=True)
    return [
        _seal_profile(founder, names, acting, founder.place.signer, name=name, email=email),
        *(
            _seal_profile(
                founder, names, acting, principal_of_group(group.id), name=title, email=""
            )
            for group, title in titles
        ),
    ]


def _make_group(founder: _Founder) -> NewContainer:
    identity = Identity.make(ContainerKind.GROUP, founder.place.signer)
    key = Keyset.make().content_key
    return make_container(founder.place, identity, [founder.recipient()], founder.keyset, key=key)


def _group_fp(group: NewContainer) -> Fingerprint:
    return Keyset.of_group(group.key).fingerprint(principal_of_group(group.id), PrincipalKind.GROUP)


def _make_root(founder: _Founder, groups: list[NewContainer]) -> SignedRoot:
    owners, administrators, team_members = groups
    place = founder.place
    root = RootDocument(
        account=place.account,
        version=0,
        previous=NO_HASH,
        generation=0,
        from_rev=_FIRST_REV,
        created_ms=place.now,
        owners=(RootSigner(place.signer, place.signer_fp, founder.keyset.sign_pk),),
        administrators=(),
        owners_group=principal_of_group(owners.id),
        owners_group_fp=_group_fp(owners),
        administrators_group=principal_of_group(administrators.id),
        administrators_group_fp=_group_fp(administrators),
        team_members_group=principal_of_group(team_members.id),
        policy=_POLICY,
    )
    body = root.encode()
    return SignedRoot(body, ((place.signer, founder.keyset.sign(body)),))


def _make_directory(
    founder: _Founder, groups: list[NewContainer], root: SignedRoot, pin: Pin
) -> DirectoryChange:
    place = founder.place
    people = [(place.signer, PrincipalKind.USER, founder.keyset)]
    people += [
        (principal_of_group(group.id), PrincipalKind.GROUP, Keyset.of_group(group.key))
        for group in groups
    ]
    writes = [
        _make_entry(place, index=index, principal=principal, kind=kind, keyset=keyset)
        for index, (principal, kind, keyset) in enumerate(people)
    ]
    head = Head(
        account=place.account,
        generation=0,
        rev=_FIRST_REV,
        previous=NO_HASH,
        root_version=0,
        root_hash=pin.hash,
        count=len(writes),
        tree_root=tree_root([hash_leaf(write.body) for write in writes]),
        created_ms=place.now,
        signer=place.signer,
    )
    body = head.encode()
    signed = SignedBody(body, founder.keyset.sign(body))
    return DirectoryChange(entries=tuple(writes), head=signed, roots=(root,))


def _make_entry(
    place: Place, *, index: int, principal: PrincipalId, kind: int, keyset: Keyset
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


def _make_names(founder: _Founder, groups: list[NewContainer], pin: Pin) -> NewContainer:
    """Make the account container: every principal's name. Its salt leaves room for no second one.

    Args:
        pin: That of root document 0.
    """
    read = READ_ITEMS | REVEAL_ITEM_PASSWORD
    recipients = [
        Recipient(
            principal_of_group(group.id),
            PrincipalKind.GROUP,
            _group_fp(group),
            Keyset.of_group(group.key).enc_pk,
            bits,
        )
        for group, bits in zip(groups, (ALL_BITS, ALL_BITS, read), strict=True)
    ]
    identity = Identity(ContainerKind.ACCOUNT, 0, founder.place.signer, pin.hash)
    return make_container(founder.place, identity, recipients, founder.keyset)


def _make_personal_vault(founder: _Founder) -> NewContainer:
    identity = Identity.make(ContainerKind.VAULT, founder.place.signer, subtype=Subtype.PERSONAL)
    return make_container(founder.place, identity, [founder.recipient()], founder.keyset)


def _seal_profile(
    founder: _Founder,
    names: NewContainer,
    acting: Acting,
    principal: PrincipalId,
    *,
    name: str,
    email: str,
) -> StoredRevision:
    draft = new_profile(principal, name, email=email)
    return seal_revision(founder.place, names.opened(), acting, draft, founder.keyset)


def _seal_title(founder: _Founder, vault: NewContainer, title: str) -> StoredRevision:
    acting = Acting(founder.place.signer, NO_HASH, ALL_BITS)
    draft = Draft(
        object=own_object(vault.id), overview={"title": title, "description": ""}, details={}
    )
    return seal_revision(founder.place, vault.opened(), acting, draft, founder.keyset)
