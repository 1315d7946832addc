"""Invites: what is sealed to the administrators, and the proof of who answers."""

import json

import msgspec
import pytest
from rich.pretty import pretty_repr

from strongroom.base64url import encode_base64url
from strongroom.crypto import invites
from strongroom.crypto.invites import (
    InviteKeys,
    InviteTerms,
    check_invite_expiry,
    check_join_mac,
    derive_invite_id,
    format_invite_link,
    join_mac,
    make_invite_secret,
    open_invite,
    parse_invite_link,
    seal_invite,
)
from strongroom.crypto.sealing import Purpose, seal
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import ExpiredError, ForbiddenError, InputError, IntegrityError
from strongroom.limits import (
    EMAIL_CHARACTERS_MAX,
    INTEGER_MAX,
    INVITE_LIFETIME_MS,
    NAME_CHARACTERS_MAX,
)

KEY, OLDER_KEY, OWNERS_KEY = (SymmetricKey(letter * 32) for letter in (b"k", b"o", b"w"))
KEYS = InviteKeys(KEY, OWNERS_KEY)
ACCOUNT, OTHER_ACCOUNT = b"a" * 16, b"b" * 16
SECRET, OTHER_SECRET = bytes(range(32)), bytes(range(1, 33))
INVITE = derive_invite_id(SECRET)
END = 1_780_000_000_000
TERMS = InviteTerms(SECRET, "ana@example.org", "member", END, "Ana")
SEALED = seal_invite(KEYS, ACCOUNT, INVITE, TERMS)
DOCUMENT = {
    "secret": encode_base64url(SECRET),
    "email": TERMS.email,
    "role": TERMS.role,
    "expires": END,
}


def sealed_as(document):
    """Seal any plaintext as the invite; a text is taken as it is."""
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return seal(KEY, Purpose.INVITE, (ACCOUNT, INVITE), raw)


def opened(sealed, *, keys=KEYS, account=ACCOUNT, invite=INVITE, role="member"):
    return open_invite(keys, account, invite, sealed, role=role)


def refused(sealed, *, layer="invite", **options):
    with pytest.raises(IntegrityError) as caught:
        opened(sealed, **options)
    error = caught.value
    assert (error.code, error.layer) == ("integrity", layer)
    assert error.__cause__ is None
    told = f"{error!r} {error} {error.hint}"
    assert TERMS.email not in told
    assert DOCUMENT["secret"][:8] not in told
    return error.message


def test_secrets():
    """Every invite has a fresh secret of 32 bytes, and an id that follows from it."""
    first, second = make_invite_secret(), make_invite_secret()
    assert len(first) == len(second) == 32
    assert first != second
    assert len(derive_invite_id(first)) == 16
    assert derive_invite_id(first) != derive_invite_id(second)


@pytest.mark.parametrize("role", ["member", "administrator", "owner"])
@pytest.mark.parametrize("name", ["", "Ana", "保管庫 ☃"])
def test_round_trip(role, name):
    """Terms are opened as they were sealed, with or without a name."""
    terms = msgspec.structs.replace(TERMS, role=role, name=name)
    assert opened(seal_invite(KEYS, ACCOUNT, INVITE, terms), role=role) == terms


def test_plaintext(monkeypatch):
    """The plaintext has the keys of the specification, and no name if there is none."""
    monkeypatch.setattr(invites, "seal", lambda _key, _purpose, _context, data: data)
    nameless = msgspec.structs.replace(TERMS, name="")
    assert json.loads(seal_invite(KEYS, ACCOUNT, INVITE, nameless)) == DOCUMENT
    assert json.loads(seal_invite(KEYS, ACCOUNT, INVITE, TERMS)) == {**DOCUMENT, "name": "Ana"}


def test_keys_of_later_releases():
    """A key that this release does not know is passed over."""
    later = {**DOCUMENT, "groups": ["x"], "Name": 7}
    assert opened(sealed_as(later)).name == ""


ENVELOPES = {
    "nothing": (b"", "length", {}),
    "cut": (SEALED[:-1], "tag", {}),
    "a changed byte": (SEALED[:-1] + bytes([SEALED[-1] ^ 1]), "tag", {}),
    "another version": (SEALED[:3] + b"\x02" + SEALED[4:], "version", {}),
    "another purpose": (seal(KEY, Purpose.SHARE, (ACCOUNT, INVITE), b"{}"), "purpose", {}),
    "the key before the rotation": (SEALED, "key-id", {"keys": InviteKeys(OLDER_KEY, OWNERS_KEY)}),
    "another account": (SEALED, "commitment", {"account": OTHER_ACCOUNT}),
    "another invite": (SEALED, "commitment", {"invite": derive_invite_id(OTHER_SECRET)}),
    "a higher role by an administrator": (SEALED, "key-id", {"role": "owner"}),
}


@pytest.mark.parametrize(("sealed", "layer", "options"), ENVELOPES.values(), ids=ENVELOPES.keys())
def test_envelopes_that_do_not_open(sealed, layer, options):
    """An envelope that is not this invite's under the current key is refused."""
    assert "does not open with the current keys" in refused(sealed, layer=layer, **options)


@pytest.mark.parametrize("role", ["administrator", "owner"])
def test_higher_roles(role):
    """Terms of a higher role lie under the owners' key, and row and terms name one role."""
    terms = msgspec.structs.replace(TERMS, role=role)
    sealed = seal_invite(KEYS, ACCOUNT, INVITE, terms)
    assert opened(sealed, role=role) == terms
    assert f"that the service names: {role}" in refused(sealed, role="member")
    other = {"administrator": "owner", "owner": "administrator"}[role]
    refused(sealed, role=other)
    for work in (
        lambda: seal_invite(InviteKeys(KEY), ACCOUNT, INVITE, terms),
        lambda: opened(sealed, keys=InviteKeys(KEY), role=role),
    ):
        with pytest.raises(ForbiddenError, match="only owners"):
            work()


@pytest.mark.parametrize("role", ["administrator", "owner"])
def test_terms_of_an_administrator(role):
    """A higher role that was sealed under the administrators' key is given by no row (T5)."""
    sealed = sealed_as(DOCUMENT | {"role": role})
    refused(sealed, role="member")
    refused(sealed, role=role, layer="key-id")


def test_member_by_an_owner():
    """A plain member's terms are good under the owners' key too."""
    raw = json.dumps(DOCUMENT).encode()
    sealed = seal(OWNERS_KEY, Purpose.INVITE, (ACCOUNT, INVITE), raw)
    assert opened(sealed).role == "member"
    refused(sealed, keys=InviteKeys(KEY), layer="key-id")


CONTENTS = {
    "nothing": b"",
    "not JSON": b"{",
    "a list": b"[]",
    "not UTF-8": b'{"secret":"\xff"}',
    "nested without end": b'{"x":' + b"[" * 100_000,
    "no keys": {},
    "no secret": {key: DOCUMENT[key] for key in ("email", "role", "expires")},
    "the secret of another invite": DOCUMENT | {"secret": encode_base64url(OTHER_SECRET)},
    "a short secret": DOCUMENT | {"secret": encode_base64url(SECRET[:31])},
    "a padded secret": DOCUMENT | {"secret": DOCUMENT["secret"] + "="},
    "a secret that is none": DOCUMENT | {"secret": 1},
    "no address": DOCUMENT | {"email": ""},
    "an address of two lines": DOCUMENT | {"email": "ana@example.org\nRole: owner"},
    "an address with an escape": DOCUMENT | {"email": "ana@example.org\x1b[2K"},
    "an address that is none": DOCUMENT | {"email": None},
    "an unknown role": DOCUMENT | {"role": "Member"},
    "no role": DOCUMENT | {"role": ""},
    "an end as text": DOCUMENT | {"expires": str(END)},
    "an end with a fraction": DOCUMENT | {"expires": 0.5},
    "an end below zero": DOCUMENT | {"expires": -1},
    "an end too late": DOCUMENT | {"expires": INTEGER_MAX + 1},
    "no end": DOCUMENT | {"expires": None},
    "a name of two lines": DOCUMENT | {"name": "Ana\nBen"},
    "a name that is none": DOCUMENT | {"name": None},
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_contents_that_are_no_invite(content):
    """What opens but does not hold the terms of this invite is refused in the same way."""
    refused(sealed_as(content))


TOO_LONG = {
    "email": ("a@" + "e" * (EMAIL_CHARACTERS_MAX - 2), "an e-mail address has 1 to 254"),
    "name": ("n" * NAME_CHARACTERS_MAX, "a name has at most 254"),
}


@pytest.mark.parametrize(("field", "text", "reason"), [(k, *v) for k, v in TOO_LONG.items()])
def test_lengths(field, text, reason):
    """Address and name have at most 254 characters, when sealed and when opened."""
    longest = msgspec.structs.replace(TERMS, **{field: text})
    assert opened(seal_invite(KEYS, ACCOUNT, INVITE, longest)) == longest
    with pytest.raises(InputError, match=reason):
        seal_invite(KEYS, ACCOUNT, INVITE, msgspec.structs.replace(TERMS, **{field: text + "x"}))
    refused(sealed_as(DOCUMENT | {field: text + "x"}))


NOT_TERMS = {
    "a short secret": {"secret": SECRET[:31]},
    "no address": {"email": ""},
    "half a character": {"email": "a@\ud800"},
    "a control character": {"name": "\x07"},
    "an unknown role": {"role": "guest"},
    "an end below zero": {"expires_ms": -1},
    "an end too late": {"expires_ms": INTEGER_MAX + 1},
}


@pytest.mark.parametrize("changes", NOT_TERMS.values(), ids=NOT_TERMS.keys())
def test_terms_that_are_not_sealed(changes):
    """Terms that nobody could confirm are refused before they are sealed."""
    with pytest.raises(InputError) as caught:
        seal_invite(KEYS, ACCOUNT, INVITE, msgspec.structs.replace(TERMS, **changes))
    assert TERMS.email not in str(caught.value)


def test_sealed_under_its_own_id():
    """An invite cannot be sealed for the id of another one."""
    with pytest.raises(AssertionError):
        seal_invite(KEYS, ACCOUNT, derive_invite_id(OTHER_SECRET), TERMS)


def test_expiry():
    """An invite is good until the millisecond before its end, three days after its making."""
    assert INVITE_LIFETIME_MS == 72 * 3_600_000
    for now in (0, END - 1):
        check_invite_expiry(TERMS, now=now)
    for now in (END, END + 1, INTEGER_MAX):
        with pytest.raises(ExpiredError) as caught:
            check_invite_expiry(TERMS, now=now)
        assert caught.value.layer == "expiry"


ANSWER = {
    "account": ACCOUNT,
    "user": b"u" * 16,
    "email": TERMS.email,
    "enc_pk": b"e" * 1216,
    "sign_pk": b"s" * 32,
}
MAC = join_mac(SECRET, **ANSWER)
CHANGED = {
    "account": OTHER_ACCOUNT,
    "user": b"v" * 16,
    "email": "ben@example.org",
    "enc_pk": b"f" * 1216,
    "sign_pk": b"t" * 32,
    "mac": MAC[:-1],
}


def mac_refused(secret=SECRET, **changes):
    with pytest.raises(IntegrityError) as caught:
        check_join_mac(secret, **({**ANSWER, "mac": MAC} | changes))
    assert caught.value.layer == "mac"


def test_mac():
    """The answer of who holds the link is accepted as it was given."""
    assert len(MAC) == 32
    check_join_mac(SECRET, **ANSWER, mac=MAC)


@pytest.mark.parametrize("part", CHANGED)
def test_mac_of_something_else(part):
    """A MAC is good for one account, one user, one address and one pair of keys."""
    mac_refused(**{part: CHANGED[part]})


def test_mac_without_the_link():
    """Who does not hold the secret cannot answer; nor does an empty or a flipped MAC."""
    mac_refused(mac=join_mac(OTHER_SECRET, **ANSWER))
    mac_refused(secret=OTHER_SECRET)
    mac_refused(mac=b"")
    for bit in range(256):
        changed = bytearray(MAC)
        changed[bit // 8] ^= 1 << bit % 8
        mac_refused(mac=bytes(changed))


def test_mac_mutant(monkeypatch):
    """MUTANT: without the comparison the keys of a stranger are accepted."""
    monkeypatch.setattr(invites, "equal", lambda _left, _right: True)
    check_join_mac(SECRET, **(ANSWER | {"sign_pk": b"t" * 32}), mac=MAC)


def test_link():
    """A link carries the secret and the root hash that the new client pins."""
    root_hash = b"r" * 32
    text = format_invite_link("https://strongroom.example", SECRET, root_hash)
    assert text == f"https://strongroom.example/join#{encode_base64url(SECRET + root_hash)}"
    link = parse_invite_link(text)
    assert (link.url, link.secret, link.root_hash) == (
        "https://strongroom.example",
        SECRET,
        root_hash,
    )


def test_other_links():
    """A share link, or one without the root hash, is no invite link."""
    for text in (
        f"https://strongroom.example/s#{encode_base64url(SECRET)}",
        f"https://strongroom.example/join#{encode_base64url(SECRET)}",
    ):
        with pytest.raises(InputError, match="the invite link"):
            parse_invite_link(text)


@pytest.mark.parametrize("printer", [repr, str, pretty_repr])
def test_nothing_secret_is_printed(printer):
    """Neither terms nor links show their secret or the address, to whoever prints them."""
    told = printer(TERMS) + printer(
        parse_invite_link(format_invite_link("file:///a.db", SECRET, SECRET))
    )
    assert str(SECRET)[2:-1] not in told
    assert "ana@" not in told
