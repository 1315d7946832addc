"""SSH keys, compared with OpenSSH's own program."""

import contextlib
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto import ssh_keys
from strongroom.crypto.ssh_keys import (
    KEY_KINDS,
    TEXT_CHARACTERS_MAX,
    make_private_key,
    parse_private_key,
)
from strongroom.errors import InvalidSshKeyError

PARSE, FORMAT = "unableToParsePrivateKey", "unableToFormatPrivateKeyToOpenSsh"
FORMS = {
    "PKCS#8": serialization.PrivateFormat.PKCS8,
    "PKCS#1": serialization.PrivateFormat.TraditionalOpenSSL,
    "OpenSSH": serialization.PrivateFormat.OpenSSH,
}
PLAIN = serialization.NoEncryption()
LOCKED = serialization.BestAvailableEncryption(b"fixture")

KEYGEN = shutil.which("ssh-keygen")
needs_keygen = pytest.mark.skipif(KEYGEN is None, reason="ssh-keygen is not on this computer")


def pem(key, form="PKCS#8", lock=PLAIN):
    return key.private_bytes(serialization.Encoding.PEM, FORMS[form], lock).decode()


@pytest.fixture(scope="module")
def keys():
    """An Ed25519 key, RSA keys inside and below the limits, and keys of other kinds."""
    return {
        "ed25519": Ed25519PrivateKey.generate(),
        "rsa": rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "short rsa": rsa.generate_private_key(public_exponent=65537, key_size=1024),
        "ec": ec.generate_private_key(ec.SECP256R1()),
        "dsa": dsa.generate_private_key(1024),
    }


def keygen(*arguments):
    done = subprocess.run([KEYGEN, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


GOOD = [
    ("ed25519", "PKCS#8"),
    ("ed25519", "OpenSSH"),
    ("rsa", "PKCS#8"),
    ("rsa", "PKCS#1"),
    ("rsa", "OpenSSH"),
]


@pytest.mark.parametrize(("kind", "form"), GOOD)
def test_forms(keys, kind, form):
    """A key is the same key in every form, and keeps it when it is written anew."""
    read = parse_private_key(pem(keys[kind], form))
    plain = parse_private_key(pem(keys[kind]))
    assert (read.public_key, read.fingerprint, read.key_type) == (
        plain.public_key,
        plain.fingerprint,
        plain.key_type,
    )
    assert read.key_type == {"ed25519": "Ed25519", "rsa": "RSA, 2048-bit"}[kind]
    assert read.public_key.startswith({"ed25519": "ssh-ed25519 ", "rsa": "ssh-rsa "}[kind])
    for text in (read.format_openssh(), read.format_pkcs8(), f"\n {read.format_pkcs8()}\n\n"):
        assert parse_private_key(text).fingerprint == plain.fingerprint


@needs_keygen
@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_as_ssh_keygen(keys, kind, tmp_path):
    """Public key, fingerprint and bits are what `ssh-keygen` prints of our OpenSSH text."""
    read = parse_private_key(pem(keys[kind]))
    file = tmp_path / "key"
    file.write_text(read.format_openssh())
    file.chmod(0o600)
    assert keygen("-y", "-f", file).split()[:2] == read.public_key.split()
    bits, fingerprint, *_ = keygen("-l", "-f", file).split()
    assert fingerprint == read.fingerprint
    assert kind == "ed25519" or read.key_type == f"RSA, {bits}-bit"


WRITTEN = [("ed25519", "RFC4716"), ("rsa", "RFC4716"), ("rsa", "PEM"), ("rsa", "PKCS8")]


@needs_keygen
@pytest.mark.parametrize(("kind", "form"), WRITTEN)
def test_keys_of_ssh_keygen(kind, form, tmp_path):
    """What `ssh-keygen` writes is read, in each of its forms, with its fingerprint."""
    file = tmp_path / "key"
    bits = [] if kind == "ed25519" else ["-b", "2048"]
    keygen("-q", "-t", kind, *bits, "-m", form, "-N", "", "-C", "of Ana", "-f", file)
    read = parse_private_key(file.read_text())
    assert keygen("-l", "-f", file).split()[1] == read.fingerprint


@needs_keygen
@pytest.mark.parametrize("comment", ["ana@example.org", "no ssh-dss key"])
@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_comments(kind, comment, tmp_path):
    """A key's comment is in the text that goes back to OpenSSH, which is the one that it wrote."""
    file = tmp_path / "key"
    keygen("-q", "-t", kind, "-N", "", "-C", comment, "-f", file)
    text = file.read_text()
    back = parse_private_key("\ufeff" + text.replace("\n", "\r\n")).format_openssh()
    assert back == text
    file.write_text(back)
    assert keygen("-y", "-f", file).rstrip().endswith(f" {comment}")


# Of RFC 8410, appendix A.
VERSION_2 = """-----BEGIN PRIVATE KEY-----
MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB
Z9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PRIVATE KEY-----
"""
VERSION_1 = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
"""


def test_version_2():
    """PKCS#8 with attributes and the public key in it is the same key; a false one is refused."""
    assert parse_private_key(VERSION_2).public_key == parse_private_key(VERSION_1).public_key
    with pytest.raises(InvalidSshKeyError, match="is damaged"):
        parse_private_key(VERSION_2.replace("AxZuE=", "AxZuI="))


@pytest.mark.parametrize(
    ("kind", "form"), [("rsa", "PKCS#8"), ("rsa", "PKCS#1"), ("ed25519", "PKCS#8")]
)
def test_encrypted(keys, kind, form):
    """A key with a password is refused as what it is."""
    with pytest.raises(InvalidSshKeyError, match="is encrypted") as caught:
        parse_private_key(pem(keys[kind], form, LOCKED))
    assert caught.value.tag == PARSE


@needs_keygen
@pytest.mark.parametrize(("kind", "form"), WRITTEN)
def test_encrypted_by_ssh_keygen(kind, form, tmp_path):
    """A key with a password is refused as what it is, in each form that `ssh-keygen` writes."""
    file = tmp_path / "key"
    keygen("-q", "-t", kind, "-m", form, "-N", "fixture", "-f", file)
    with pytest.raises(InvalidSshKeyError, match="is encrypted") as caught:
        parse_private_key(file.read_text())
    assert caught.value.tag == PARSE


OTHERS = [
    *(("ec", form) for form in FORMS),
    ("dsa", "PKCS#8"),
    ("dsa", "PKCS#1"),
    *(("short rsa", form) for form in FORMS),
]


@pytest.mark.parametrize(("kind", "form"), OTHERS)
def test_other_kinds(keys, kind, form):
    """A key of another kind, or a short one, says which are possible."""
    with pytest.raises(InvalidSshKeyError, match="neither Ed25519 nor RSA of 2048 to") as caught:
        parse_private_key(pem(keys[kind], form))
    assert caught.value.tag == FORMAT


def test_openssh_dsa(keys):
    """A DSA key in OpenSSH's form is refused without the library's warning."""
    body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAB3NzaC1kc3M="
    text = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----"
    with pytest.raises(InvalidSshKeyError, match="neither Ed25519 nor RSA"):
        parse_private_key(text)


@pytest.mark.parametrize("limit", ["RSA_BITS_MIN", "RSA_BITS_MAX"])
@pytest.mark.parametrize(("moved", "accepted"), [(0, True), (1, False)])
def test_bits(keys, monkeypatch, limit, moved, accepted):
    """An RSA key may have as many bits as the limits say, and not one more or less."""
    away = moved if limit == "RSA_BITS_MIN" else -moved
    monkeypatch.setattr(ssh_keys, limit, 2048 + away)
    text = pem(keys["rsa"])
    if accepted:
        assert parse_private_key(text).key_type == "RSA, 2048-bit"
        return
    with pytest.raises(InvalidSshKeyError):
        parse_private_key(text)


def test_size(keys):
    """A text may be as long as the limit says, and not one character more."""
    text = pem(keys["ed25519"])
    blanks = " " * (TEXT_CHARACTERS_MAX - len(text))
    assert parse_private_key(text + blanks).key_type == "Ed25519"
    with pytest.raises(InvalidSshKeyError, match="far longer"):
        parse_private_key(text + blanks + " ")


PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
NOT_ALONE = {
    "EC as openssl writes it": (
        lambda keys: PARAMETERS + pem(keys["ec"], "PKCS#1"),
        "neither Ed25519 nor RSA",
    ),
    "two keys": (lambda keys: pem(keys["rsa"]) * 2, "holds more than one private key"),
    "a certificate beside it": (
        lambda keys: CERTIFICATE + pem(keys["rsa"]),
        "does not stand alone",
    ),
    "a key without its end": (lambda keys: pem(keys["rsa"])[:-40], "is cut off"),
    "words before it": (lambda keys: "key: " + pem(keys["rsa"]), "does not stand alone"),
    "a public key": (lambda _keys: make_private_key("ed25519").public_key, "is a public key"),
    "a public key in PEM": (
        lambda keys: (
            keys["rsa"]
            .public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode()
        ),
        "is a public key",
    ),
}


@pytest.mark.parametrize(("make", "told"), NOT_ALONE.values(), ids=NOT_ALONE.keys())
def test_other_texts(keys, make, told):
    """A text that is more than one key, or no private one, is refused for what it is."""
    with pytest.raises(InvalidSshKeyError, match=told):
        parse_private_key(make(keys))


DAMAGED = {
    "nothing": lambda _text: "",
    "words": lambda _text: "not a key",
    "a public key": lambda _text: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA",
    "an Ed448 key of another size": lambda _text: VERSION_1.replace("K2Vw", "K2Vx"),
    "no end": lambda text: text.rpartition("-----END")[0],
    "another end": lambda text: text.replace("END ", "END RSA "),
    "text behind it": lambda text: text + "and more",
    "two keys": lambda text: text + text,
    "no base64": lambda text: text.replace("M", "*"),
    "empty": lambda text: "\n".join([text.splitlines()[0], text.splitlines()[-1]]),
    "cut": lambda text: "\n".join(text.splitlines()[:2] + text.splitlines()[-1:]),
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED.keys())
@pytest.mark.parametrize("form", ["PKCS#8", "PKCS#1", "OpenSSH"])
def test_damaged(keys, form, damage):
    """What is no key is refused with the SDK's tag, and nothing of it is repeated."""
    text = pem(keys["rsa"], form)
    with pytest.raises(InvalidSshKeyError) as caught:
        parse_private_key(damage(text))
    assert caught.value.tag == PARSE
    assert caught.value.__cause__ is None
    assert not any(line in str(caught.value) for line in text.splitlines()[1:-1])


NUMBERS = ["p", "q", "d", "dmp1", "dmq1", "iqmp"]


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_agree(keys, name):
    """An RSA key with one false number is damaged; without the check it would be taken."""
    numbers = keys["rsa"].private_numbers()
    values = {one: getattr(numbers, one) for one in NUMBERS}
    values[name] += 2
    made = rsa.RSAPrivateNumbers(**values, public_numbers=numbers.public_numbers)
    assert ssh_keys._agrees(numbers)
    assert not ssh_keys._agrees(made)


@pytest.mark.parametrize("kind", ["ed25519", "rsa2048"])
def test_make(kind):
    """A new key is of the kind that was asked for, and reads back."""
    made = make_private_key(kind)
    again = parse_private_key(made.format_pkcs8())
    assert again.fingerprint == made.fingerprint != make_private_key("ed25519").fingerprint
    assert made.key_type == {"ed25519": "Ed25519", "rsa2048": "RSA, 2048-bit"}[kind]


def test_kinds():
    """The kinds are those of the command line; plain `rsa` is the longest."""
    assert list(KEY_KINDS) == ["ed25519", "rsa", "rsa2048", "rsa3072", "rsa4096"]
    assert KEY_KINDS["rsa"] == KEY_KINDS["rsa4096"] == 4096


def test_prints_nothing(keys):
    """The text of a key does not show it."""
    read = parse_private_key(pem(keys["ed25519"]))
    assert repr(read) == f"SshKey({read.fingerprint})"


LABELS = st.sampled_from(["", "RSA ", "OPENSSH ", "EC ", "ENCRYPTED "])


@given(
    st.builds(
        "-----BEGIN {0}PRIVATE KEY-----\n{1}\n-----END {0}PRIVATE KEY-----".format,
        LABELS,
        st.text("MCQwBgYDK2VwBCIEIABx=\n", max_size=80) | st.text(max_size=20),
    )
)
def test_any_text(text):
    """Whatever stands between the marks, there is a key or a typed error."""
    with contextlib.suppress(InvalidSshKeyError):
        parse_private_key(text)
