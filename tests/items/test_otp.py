"""One-time passwords."""

from base64 import b32encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.errors import InputError
from strongroom.items.otp import OtpSeed, check_otp, compute_otp, parse_otp

# RFC 6238 appendix B with its errata: each algorithm has a seed of its own length.
SEEDS = {
    "SHA1": b"12345678901234567890",
    "SHA256": b"12345678901234567890123456789012",
    "SHA512": b"1234567890123456789012345678901234567890123456789012345678901234",
}
VECTORS = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]


@pytest.mark.parametrize("digits", [6, 7, 8])
@pytest.mark.parametrize("row", VECTORS, ids=lambda row: str(row[0]))
def test_rfc_6238(row, digits):
    """The RFC's codes come out for each algorithm; fewer digits are the last of them."""
    seconds, *codes = row
    for (algorithm, key), code in zip(SEEDS.items(), codes, strict=True):
        seed = b32encode(key).decode().rstrip("=")
        address = f"otpauth://totp/x?secret={seed}&algorithm={algorithm}&digits={digits}&period=30"
        for now in (seconds * 1000, seconds * 1000 + 999):
            assert compute_otp(parse_otp(address), now) == code[-digits:]


KEY = "JBSWY3DPEHPK3PXP"
PLAIN = OtpSeed(b"Hello!\xde\xad\xbe\xef")
MEANINGS = {
    "a bare seed": (KEY, PLAIN),
    "lower case": (KEY.lower(), PLAIN),
    "in groups": ("JBSW Y3DP-EHPK 3PXP", PLAIN),
    "padded": ("MFRGG===", OtpSeed(b"abc")),
    "an address": (f"otpauth://totp/Example:ana@example.org?secret={KEY}&issuer=E", PLAIN),
    "upper-case scheme": (f"OTPAUTH://TOTP/x?SECRET={KEY}", PLAIN),
    "an algorithm with a dash": (
        f"otpauth://totp/?secret={KEY}&algorithm=sha-256",
        OtpSeed(PLAIN.key, "SHA256"),
    ),
    "the shortest period": (
        f"otpauth://totp/?secret={KEY}&period=1",
        OtpSeed(PLAIN.key, "SHA1", 6, 1),
    ),
    "the longest period": (
        f"otpauth://totp/?secret={KEY}&period=3600",
        OtpSeed(PLAIN.key, "SHA1", 6, 3600),
    ),
    "the longest seed": ("A" * 1024, OtpSeed(bytes(640))),
    "blanks around it": (f" {KEY}\n", PLAIN),
    "one character more": (KEY + "A", PLAIN),
    "left bits that are not zero": (KEY + "7", PLAIN),
    "26 characters": (KEY + "AAAAAAAAAA", OtpSeed(PLAIN.key + bytes(6))),
    "far too much padding": ("MFRGG" + "=" * 9, OtpSeed(b"abc")),
    "the shortest seed": ("AA", OtpSeed(b"\0")),
    "a label with a mark": (f"otpauth://totp/a#b:c?secret={KEY}", PLAIN),
    "a mark behind it": (f"otpauth://totp/a?secret={KEY}#b", PLAIN),
    "the longest address": (f"otpauth://totp/{'x' * (8192 - 39)}?secret={KEY}", PLAIN),
    "no label": (f"otpauth://totp?secret={KEY}", PLAIN),
    "percent and plus": (f"otpauth://totp/a%3Ab?secret={KEY[:8]}+{KEY[8:]}%3D%3D", PLAIN),
    "parameters without values": (
        f"otpauth://totp/a?secret={KEY}&algorithm=&digits=&period=&issuer=",
        PLAIN,
    ),
    "a parameter that is not known": (f"otpauth://totp/a?secret={KEY}&image=x", PLAIN),
    "the last of several": (f"otpauth://totp/a?secret={KEY}&period=60&period=30", PLAIN),
    "a second seed without value": (f"otpauth://totp/a?secret=&secret={KEY}", PLAIN),
    "no-break spaces": ("JBSW\u00a0Y3DP\u202fEHPK\u00a03PXP\u3000", PLAIN),
    "no-break spaces in an address": (
        f"otpauth://totp/a?secret={KEY[:8]}%C2%A0{KEY[8:]}",
        PLAIN,
    ),
    "numbers with blanks": (f"otpauth://totp/a?secret={KEY}&digits=%206&period=30%20", PLAIN),
}
ALGORITHMS = {
    "SHA1": ["SHA1", "sha1", "SHA-1", "sha_1", "HmacSHA1", "HMAC-SHA-1"],
    "SHA256": ["SHA256", "sha256", "SHA-256", "HmacSHA256"],
    "SHA512": ["SHA512", "Sha512", "SHA-512", "hmac-sha-512"],
}


@pytest.mark.parametrize("name", ALGORITHMS)
def test_algorithms(name):
    """An algorithm is known however it is spelled."""
    for word in ALGORITHMS[name]:
        seed = parse_otp(f"otpauth://totp/x?secret={KEY}&algorithm={word}")
        assert seed == OtpSeed(PLAIN.key, name)


LENGTHS = range(2, 34)


@pytest.mark.parametrize("length", LENGTHS)
def test_any_length(length):
    """A seed of any length gives its whole bytes, as authenticators take it."""
    key = parse_otp("BCDEFGHIJKLMNOPQRSTUVWXYZ234567AB"[:length]).key
    assert len(key) == length * 5 // 8
    whole = parse_otp("BCDEFGHIJKLMNOPQRSTUVWXYZ234567AB" + "A" * 7).key
    assert whole.startswith(key)


@pytest.mark.parametrize(("value", "seed"), MEANINGS.values(), ids=MEANINGS.keys())
def test_meanings(value, seed):
    """A seed means the same however it is written."""
    assert parse_otp(value) == seed


REFUSED = {
    "nothing": "",
    "blanks": "  ",
    "a word with a one": "not1base32",
    "one letter": "A",
    "letters outside ASCII": "ΑΒΓΔ",
    "a letter that upper-cases into two": "JBSWY3DPEHPK3PX\u00df",
    "too long": "A" * 1025,
    "counter-based": f"otpauth://hotp/x?secret={KEY}&counter=1",
    "no kind": f"otpauth:///x?secret={KEY}",
    "an unknown algorithm": f"otpauth://totp/x?secret={KEY}&algorithm=MD5",
    "no seed": "otpauth://totp/x?issuer=E",
    "an empty seed": "otpauth://totp/x?secret=",
    "five digits": f"otpauth://totp/x?secret={KEY}&digits=5",
    "nine digits": f"otpauth://totp/x?secret={KEY}&digits=9",
    "digits in words": f"otpauth://totp/x?secret={KEY}&digits=six",
    "no time": f"otpauth://totp/x?secret={KEY}&period=0",
    "negative time": f"otpauth://totp/x?secret={KEY}&period=-30",
    "more than an hour": f"otpauth://totp/x?secret={KEY}&period=3601",
    "a false address": f"otpauth://[/x?secret={KEY}",
    "no slashes": f"otpauth:totp/x?secret={KEY}",
    "a far too long address": f"otpauth://totp/{'x' * (8193 - 39)}?secret={KEY}",
    "other digits": f"otpauth://totp/x?secret={KEY}&digits=٦",
    "digits with a sign": f"otpauth://totp/x?secret={KEY}&digits=%2B6",
    "a fraction of a period": f"otpauth://totp/x?secret={KEY}&period=0.5",
    "a digit that base32 lacks": "JBSWY3DPEHPK3PX8",
    "two seeds": f"otpauth://totp/x?secret=AA&secret={KEY}",
    "one seed twice": f"otpauth://totp/x?secret={KEY}&SECRET={KEY}",
    "spaces that are no space": "JBSW\u200bY3DP",
}
# Another client may compute them, so they are stored; here they show why there is no code.
KEPT = {
    "counter-based",
    "no kind",
    "an unknown algorithm",
    "five digits",
    "nine digits",
    "digits in words",
    "no time",
    "negative time",
    "more than an hour",
    "other digits",
    "digits with a sign",
    "a fraction of a period",
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED.keys())
def test_refusals(value):
    """What is not a seed is refused, and the refusal repeats nothing of it."""
    with pytest.raises(InputError, match="the one-time password seed") as caught:
        parse_otp(value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("name", sorted(MEANINGS.keys() | KEPT))
def test_what_is_written(name):
    """Every value with one seed may be written, also where no code is computed here."""
    check_otp(MEANINGS[name][0] if name in MEANINGS else REFUSED[name])


@pytest.mark.parametrize("name", sorted(REFUSED.keys() - KEPT))
def test_what_is_not_written(name):
    """What holds no seed is refused on writing too, and nothing of it is repeated."""
    with pytest.raises(InputError, match="the one-time password seed") as caught:
        check_otp(REFUSED[name])
    assert KEY not in str(caught.value)


@given(st.text() | st.text().map("otpauth://totp/x?".__add__))
def test_any_text(value):
    """Whatever was stored, there is a code or a typed error."""
    try:
        code = compute_otp(parse_otp(value), 1_700_000_000_000)
    except InputError:
        return
    assert code.isdigit()


def test_seed_prints_nothing():
    """The text of a seed does not show it."""
    assert repr(PLAIN) == "OtpSeed([secret])"
