"""Keysets, and the container keys that are sealed to them."""

import copy

import pytest

from strongroom.crypto.grants import (
    SEALED_KEY_BYTES,
    GrantContext,
    open_epoch_link,
    open_key,
    seal_epoch_link,
    seal_key,
)
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import (
    ENC_PUBLIC_KEY_BYTES,
    PrincipalKind,
    derive_fingerprint,
    derive_principal_id,
)
from strongroom.crypto.public.signatures import verify
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import IntegrityError

SEED = bytes(range(32))
KEYSET = Keyset(SEED)
KEY = SymmetricKey(b"k" * 32)
PLACE = {
    "account": b"a" * 16,
    "kind": 1,
    "container": b"c" * 16,
    "epoch": 2,
    "accessor": b"p" * 16,
    "fp": b"f" * 32,
}
LINK_PLACE = {key: PLACE[key] for key in ("account", "kind", "container", "epoch")}


def test_keys_come_from_the_seed():
    """One seed gives the same keys again, each of its size, and no two of them alike."""
    again = Keyset(SEED)
    keys = ("enc_pk", "sign_pk", "auth_seed", "local_key")
    assert [getattr(again, key) for key in keys] == [getattr(KEYSET, key) for key in keys]
    assert len(KEYSET.enc_pk) == ENC_PUBLIC_KEY_BYTES
    assert len({KEYSET.sign_pk, KEYSET.auth_seed, KEYSET.local_key.expose_key(), SEED}) == 4
    assert Keyset.make().expose_seed() != Keyset.make().expose_seed()


def test_signing():
    """What a keyset signs verifies under its public key."""
    verify(KEYSET.sign_pk, KEYSET.sign(b"message"), b"message", what="x")


def test_keyset_prints_nothing():
    """Neither seed nor keys are in any text of a keyset, used or not."""
    used = copy.copy(KEYSET)
    _ = used.sign_pk, used.enc_pk
    for text in (repr(used), str(used), f"{used}"):
        assert text == "Keyset([secret])"


def test_names_of_keys():
    """Fingerprint and id depend on everything that they name."""
    parts = (b"p" * 16, PrincipalKind.USER, KEYSET.enc_pk, KEYSET.sign_pk)
    other = (b"q" * 16, PrincipalKind.GROUP, KEYSET.enc_pk[::-1], KEYSET.sign_pk[::-1])

    def fingerprint(principal, kind, enc_pk, sign_pk):
        return derive_fingerprint(principal, kind, enc_pk=enc_pk, sign_pk=sign_pk)

    for name in (fingerprint, derive_principal_id):
        changed = [name(*parts[:n], other[n], *parts[n + 1 :]) for n in range(4)]
        assert len({name(*parts), *changed}) == 5
    assert KEYSET.fingerprint(parts[0], parts[1]) == fingerprint(*parts)


# -- sealed container keys -------------------------------------------------------


def opened(sealed, *, keyset=KEYSET, key_id=None, sealed_hash=None, **changes):
    return open_key(
        sealed,
        keyset,
        GrantContext(**(PLACE | changes)),
        sealed_hash=sealed_hash or sha256(sealed),
        key_id=key_id or KEY.id,
    )


def granted(key=KEY):
    return seal_key(key, KEYSET.enc_pk, GrantContext(**PLACE))


def test_grant_round_trip():
    """The accessor opens the key that was sealed to it; it has the size of the format."""
    sealed = granted()
    assert len(sealed) == SEALED_KEY_BYTES
    assert opened(sealed) == KEY


ELSEWHERE = {
    "another account": {"account": b"b" * 16},
    "another kind": {"kind": 2},
    "another container": {"container": b"d" * 16},
    "another epoch": {"epoch": 3},
    "another accessor": {"accessor": b"q" * 16},
    "another keyset": {"fp": b"g" * 32},
}


@pytest.mark.parametrize("changes", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_grant_elsewhere(changes):
    """A sealed key opens only where it was given."""
    with pytest.raises(IntegrityError) as caught:
        opened(granted(), **changes)
    assert caught.value.layer == "hpke"


GRANT_REFUSALS = {
    "not the key of the row": (granted(), {"sealed_hash": bytes(32)}, "sealed-hash"),
    "to somebody else": (granted(), {"keyset": Keyset(bytes(32))}, "hpke"),
    "a flipped bit": (bytes([granted()[0] ^ 1]) + granted()[1:], {}, "hpke"),
    "cut": (granted()[:-1], {}, "hpke"),
    "empty": (b"", {}, "hpke"),
    "another key than signed": (granted(SymmetricKey(b"x" * 32)), {}, "key-id"),
    "a short key": (granted(SymmetricKey(b"x")), {"key_id": SymmetricKey(b"x").id}, "key-id"),
}


@pytest.mark.parametrize(
    ("sealed", "changes", "layer"), GRANT_REFUSALS.values(), ids=GRANT_REFUSALS.keys()
)
def test_grant_refusals(sealed, changes, layer):
    """Each check refuses what only it can see, and all with one text."""
    with pytest.raises(IntegrityError, match="damaged or not what was asked for") as caught:
        opened(sealed, **changes)
    assert caught.value.layer == layer


@pytest.mark.parametrize("enc_pk", [b"", b"\xff" * 1216, bytes(1215)], ids=["none", "ff", "cut"])
def test_sealing_to_no_key(enc_pk):
    """Nothing is sealed to what is not a public key."""
    with pytest.raises(IntegrityError) as caught:
        seal_key(KEY, enc_pk, GrantContext(**PLACE))
    assert caught.value.layer == "key"


# -- epoch links -----------------------------------------------------------------

NEWER = SymmetricKey(b"n" * 32)


def linked(link, *, newer=NEWER, link_hash=None, key_id=None, **changes):
    place = LINK_PLACE | changes
    link_hash = link_hash or sha256(link)
    return open_epoch_link(link, newer, **place, link_hash=link_hash, key_id=key_id)


def test_link_round_trip():
    """The newer key opens the older one."""
    link = seal_epoch_link(newer=NEWER, older=KEY, **LINK_PLACE)
    assert linked(link) == KEY
    assert linked(link, key_id=KEY.id) == KEY


LINK_REFUSALS = {
    "not the link of the record": ({"link_hash": bytes(32)}, "link-hash"),
    "another newer key": ({"newer": KEY}, "key-id"),
    "another epoch": ({"epoch": 3}, "commitment"),
    "another container": ({"container": b"d" * 16}, "commitment"),
    "not the key of what is opened": ({"key_id": bytes(16)}, "link-key-id"),
}


@pytest.mark.parametrize(("changes", "layer"), LINK_REFUSALS.values(), ids=LINK_REFUSALS.keys())
def test_link_refusals(changes, layer):
    """A link opens one key, in its place, for what that key sealed."""
    with pytest.raises(IntegrityError) as caught:
        linked(seal_epoch_link(newer=NEWER, older=KEY, **LINK_PLACE), **changes)
    assert caught.value.layer == layer


def test_link_to_a_short_key():
    """A link that holds something else than a key is refused."""
    link = seal_epoch_link(newer=NEWER, older=SymmetricKey(b"short"), **LINK_PLACE)
    with pytest.raises(IntegrityError) as caught:
        linked(link)
    assert caught.value.layer == "link-key-id"
