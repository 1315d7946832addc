"""Cases of share links and invites (sections 11 and 12 of specs/formats.md)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from generator.bytestream import derive_bytes
from generator.case import Case, all_bad, all_good, bad, good
from generator.crypto import sha256
from generator.envelope import Sealing, seal
from generator.shares import Join, invite_id, invite_json, share_id, share_key, share_token
from generator.world import ACCOUNT, MONA, OLGA, T0, WALT

Json = dict[str, Any]


SECRET, OTHER_SECRET = derive_bytes("share"), derive_bytes("share/else")


def _seal_share(name: bytes) -> str:
    """A share sealed for an id, under the key of the one secret."""
    sealing = Sealing(8, share_key(SECRET), (name, T0), derive_bytes("salt/share", 24))
    return seal(sealing, b'{"title":"Mail"}').hex()


def _ask_share(**fields: Any) -> Json:
    name = share_id(SECRET)
    given = {
        "op": "open",
        "secret": SECRET.hex(),
        "id": name.hex(),
        "token_hash": sha256(share_token(SECRET)).hex(),
        "expiry": T0,
        "envelope": _seal_share(name),
    }
    return {**given, **fields}


def share_cases() -> Iterator[Case]:
    """Section 12: a share from its secret."""
    yield good("share", "opened", "a share from its secret", _ask_share())
    other = share_id(OTHER_SECRET)
    moved = _ask_share(id=other.hex(), envelope=_seal_share(other))
    yield bad("share", "other_id", "the id of another share, sealed for it", moved, "id")
    token = share_token(SECRET)
    other_hash = sha256(share_token(OTHER_SECRET)).hex()
    tokens = {
        "other_token": ("the hash of another token", _ask_share(token_hash=other_hash)),
        "token_itself": ("the token where its hash belongs", _ask_share(token_hash=token.hex())),
    }
    yield from all_bad("share", "token", tokens)
    sealed = {
        "expiry_earlier": ("the service moves the expiry forward", _ask_share(expiry=T0 - 1)),
        "envelope_of_other_id": (
            "sealed for another share id",
            _ask_share(envelope=_seal_share(other)),
        ),
    }
    yield from all_bad("share", "commitment", sealed)
    foreign = Sealing(8, share_key(OTHER_SECRET), (share_id(SECRET), T0), bytes(24))
    given = _ask_share(envelope=seal(foreign, b"{}").hex())
    comment = "sealed under the key of another secret"
    yield bad("share", "envelope_under_other_key", comment, given, "key-id")


INVITE, GROUP_KEY = derive_bytes("invite"), derive_bytes("key/administrators/2")
OWNERS_KEY = derive_bytes("key/owners/1")
OTHER_INVITE = derive_bytes("invite/2")
EMAIL, ROLE = "walt@example.com", "member"
JOIN = Join(ACCOUNT, WALT.id, EMAIL, WALT.keys.enc_pk, WALT.keys.sign_pk)


def _seal_invite(
    under: bytes = GROUP_KEY, named: bytes = INVITE, role: str = ROLE, secret: bytes = INVITE
) -> str:
    sealing = Sealing(11, under, (ACCOUNT, invite_id(named)), derive_bytes("salt/invite", 24))
    return seal(sealing, invite_json(secret, EMAIL, role, T0)).hex()


def _ask_role(row: str, terms: str, under: bytes = OWNERS_KEY) -> Json:
    """A row that says one role, and terms that say one, under a group's key."""
    return _ask_join(role=row, sealed=_seal_invite(under=under, role=terms))


def _ask_join(**fields: Any) -> Json:
    given = {
        "op": "join",
        "secret": INVITE.hex(),
        "account": ACCOUNT.hex(),
        "user": WALT.id.hex(),
        "email": EMAIL,
        "role": ROLE,
        "now": T0 - 1,
        "enc_pk": WALT.keys.enc_pk.hex(),
        "sign_pk": WALT.keys.sign_pk.hex(),
        "administrators_key": GROUP_KEY.hex(),
        "owners_key": OWNERS_KEY.hex(),
        "sealed": _seal_invite(),
        "mac": JOIN.mac(INVITE).hex(),
    }
    return {**given, **fields}


def join_cases() -> Iterator[Case]:
    """Section 11: the answer of an invited person, as it is confirmed."""
    yield good("share", "join_confirmed", "a millisecond before the invite ends", _ask_join())
    days = 4 * 86_400_000
    late = {
        "join_at_expiry": ("exactly at the end of the invite", _ask_join(now=T0)),
        "join_days_later": ("four days later", _ask_join(now=T0 + days)),
    }
    yield from all_bad("share", "expiry", late, code="expired")
    older = derive_bytes("key/administrators/1")
    rotated = _ask_join(sealed=_seal_invite(under=older))
    comment = "sealed before the administrators rotated"
    yield bad("share", "join_rotated", comment, rotated, "key-id")
    other = _ask_join(sealed=_seal_invite(named=OTHER_INVITE))
    yield bad("share", "join_other_invite", "the envelope of another invite", other, "commitment")
    yield from _role_cases()
    yield from _mac_faults()


def _role_cases() -> Iterator[Case]:
    """Who may give which role: the key says who sealed the terms."""
    administrator, owner = "administrator", "owner"
    alone = _ask_join()
    del alone["owners_key"]
    table = {
        "join_owner_by_owner": ("an owner invites an owner", _ask_role(owner, owner)),
        "join_member_by_owner": ("an owner invites a plain member", _ask_role(ROLE, ROLE)),
        "join_member_without_owners_key": ("an administrator confirms a plain member", alone),
    }
    yield from all_good("share", table)
    unreadable = _ask_role(administrator, administrator)
    del unreadable["owners_key"]
    keys = {
        "join_administrator_by_administrator": (
            "an administrator seals a higher role",
            _ask_role(administrator, administrator, GROUP_KEY),
        ),
        "join_owner_by_administrator": (
            "an administrator makes an owner",
            _ask_role(owner, owner, GROUP_KEY),
        ),
        "join_owners_rotated": (
            "sealed before the owners rotated",
            _ask_role(administrator, administrator, derive_bytes("key/owners/0")),
        ),
        "join_member_owners_rotated": (
            "a plain member, sealed before the owners rotated",
            _ask_role(ROLE, ROLE, derive_bytes("key/owners/0")),
        ),
    }
    yield from all_bad("share", "key-id", keys)
    unread = {
        "join_administrator_without_owners_key": (
            "an administrator cannot read the terms of a higher role",
            unreadable,
        ),
    }
    yield from all_bad("share", "key-id", unread, code="forbidden")
    terms = {
        "join_row_below_terms": (
            "the row says member, an administrator sealed owner",
            _ask_role(ROLE, owner, GROUP_KEY),
        ),
        "join_row_below_terms_of_owner": (
            "the row says member, an owner sealed administrator",
            _ask_role(ROLE, administrator),
        ),
        "join_row_above_terms": (
            "the row says administrator, an owner sealed member",
            _ask_role(administrator, ROLE),
        ),
        "join_row_owner_terms_administrator": (
            "two higher roles that differ",
            _ask_role(owner, administrator),
        ),
        "join_unknown_role": ("row and terms agree on no role", _ask_role("manager", "manager")),
        "join_other_secret": (
            "the terms of another secret under this invite's id",
            _ask_join(sealed=_seal_invite(secret=OTHER_INVITE), mac=JOIN.mac(OTHER_INVITE).hex()),
        ),
    }
    yield from all_bad("share", "invite", terms)


def _mac_faults() -> Iterator[Case]:
    answers = {
        "join_user_changed": ("another user id", replace(JOIN, user=MONA.id)),
        "join_enc_pk_changed": (
            "another encryption key",
            replace(JOIN, enc_pk=MONA.keys.enc_pk),
        ),
        "join_sign_pk_changed": ("another signing key", replace(JOIN, sign_pk=MONA.keys.sign_pk)),
        "join_email_changed": (
            "answered for another address",
            replace(JOIN, email="w@example.org"),
        ),
        "join_account_changed": ("answered for another account", replace(JOIN, account=OLGA.id)),
    }
    for condition, (comment, answered) in answers.items():
        yield bad("share", condition, comment, _ask_join(mac=answered.mac(INVITE).hex()), "mac")
    macs = {
        "join_without_the_link": (
            "answered by somebody without the secret",
            _ask_join(mac=JOIN.mac(OTHER_INVITE).hex()),
        ),
        "join_cut_mac": (
            "a MAC without its last byte",
            _ask_join(mac=JOIN.mac(INVITE).hex()[:-2]),
        ),
    }
    yield from all_bad("share", "mac", macs)
