"""What share links may be, for whom, and what they would show."""

import pytest

from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.shares import (
    derive_share_id,
    derive_share_token,
    make_share_secret,
    open_share,
    seal_share,
)
from strongroom.documents import encode_document, parse_document
from strongroom.errors import InputError
from strongroom.limits import EMAIL_CHARACTERS_MAX
from strongroom.shares.document import copy_item
from strongroom.shares.policy import DURATIONS_MS, choose_duration, default_policy
from strongroom.shares.recipients import RECIPIENTS_MAX, parse_recipients

POLICY = default_policy()
ITEM = {
    "id": "i",
    "vaultId": "v",
    "title": "db",
    "category": "Login",
    "tags": ["prod"],
    "fields": [
        {"id": "a", "title": "password", "fieldType": "Concealed", "value": "s3cret"},
        {
            "id": "b",
            "title": "code",
            "fieldType": "Totp",
            "value": "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP",
            "details": {"type": "Otp", "content": {"code": "123456", "errorMessage": None}},
        },
    ],
    "sections": [],
    "notes": "n",
    "websites": [{"url": "https://example.org"}],
    "files": [{"id": "f"}],
    "version": 3,
}


def recipient(text):
    (row,) = parse_recipients(POLICY, [text])
    return row


def test_recipients():
    """An address is one, anything with dots and without @ is a domain; both in lower case."""
    assert recipient("Ana@Example.org") == {
        "type": "Email",
        "parameters": {"email": "Ana@example.org"},
    }
    assert recipient(" example.ORG ") == {"type": "Domain", "parameters": {"domain": "example.org"}}
    assert parse_recipients(POLICY, []) == []


FALSE = ["", " ", "ana", "@example.org", "ana@", "a b@example.org", "ana@localhost", "a@b@.org"]
FALSE += ["-a.org", "a-.org", "a..org", "x" * 64 + ".org", "ä@example.org\n", "exämple.org"]


@pytest.mark.parametrize("text", FALSE)
def test_false_recipients(text):
    """What is neither an address nor a domain is named in the refusal."""
    with pytest.raises(InputError) as caught:
        parse_recipients(POLICY, ["ana@example.org", text])
    assert repr(text) in str(caught.value)


def test_recipient_limits():
    """A hundred recipients pass and one more does not; nor does an address that is too long."""
    assert len(parse_recipients(POLICY, ["example.org"] * RECIPIENTS_MAX)) == RECIPIENTS_MAX
    with pytest.raises(InputError):
        parse_recipients(POLICY, ["example.org"] * (RECIPIENTS_MAX + 1))
    longest = "a" * (EMAIL_CHARACTERS_MAX - len("@example.org")) + "@example.org"
    assert recipient(longest)["type"] == "Email"
    with pytest.raises(InputError):
        recipient("a" + longest)


def test_policy_on_recipients():
    """A policy may leave out a kind of recipient."""
    narrow = POLICY | {"allowedRecipientTypes": ["Email"]}
    assert parse_recipients(narrow, ["ana@example.org"])
    with pytest.raises(InputError, match="domain"):
        parse_recipients(narrow, ["example.org"])


def test_durations():
    """Without a wish the policy's default holds; longer than its most is refused."""
    assert choose_duration(POLICY, None) == "SevenDays"
    assert [choose_duration(POLICY, one) for one in DURATIONS_MS] == list(DURATIONS_MS)
    narrow = POLICY | {"maxExpiry": "OneDay"}
    assert choose_duration(narrow, "OneDay") == "OneDay"
    for one in ("SevenDays", "TenYears"):
        with pytest.raises(InputError):
            choose_duration(narrow, one)


def test_what_is_shown():
    """A link shows neither ids, tags nor files; seeds of codes only when that is asked."""
    shown = copy_item(ITEM)
    assert set(shown) == {"title", "category", "fields", "sections", "notes", "websites"}
    assert [field["id"] for field in shown["fields"]] == ["a"]
    with_seeds = copy_item(ITEM, one_time_seeds=True)
    assert [field["id"] for field in with_seeds["fields"]] == ["a", "b"]
    assert "details" not in with_seeds["fields"][1]


def test_sealed_and_opened():
    """What a link shows travels sealed under its secret, and opens with nothing else."""
    secret = make_share_secret()
    document = encode_document(copy_item(ITEM), bytes_max=1024, what="share")
    sealed = seal_share(secret, document=document, expires_ms=1)
    opened = open_share(
        secret,
        share=derive_share_id(secret),
        token_hash=sha256(derive_share_token(secret)),
        expires_ms=1,
        sealed=sealed,
    )
    assert parse_document(opened, what="share") == copy_item(ITEM)
