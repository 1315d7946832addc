"""Secret references: what is accepted, what is refused, and in which words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.errors import InvalidReferenceError
from strongroom.references import (
    Reference,
    check_reference,
    parse_command_reference,
    parse_reference,
)

PREFIX = 'secret reference is not prefixed with "op://"'
FORMAT = (
    "secret reference has invalid format - must be "
    '"op://<vault>/<item>/[section/]field[?attribute=<attribute-value>]"'
)
CHARACTER = (
    "invalid character in secret reference: "
    "secret references must only contain alphanumeric, _, . or - characters"
)
KEY = "secret reference has invalid query parameter key"
VALUE = "secret reference has invalid query parameter value}"

ACCEPTED = {
    "three parts": ("op://v/i/f", Reference("v", "i", None, "f")),
    "four parts": ("op://v/i/s/f", Reference("v", "i", "s", "f")),
    "all characters": ("op://aZ 09_.-/i/f", Reference("aZ 09_.-", "i", None, "f")),
    "otp": ("op://v/i/f?attribute=otp", Reference("v", "i", None, "f", "otp")),
    "totp": ("op://v/i/s/f?attribute=totp", Reference("v", "i", "s", "f", "totp")),
    "openssh": (
        "op://v/i/private key?ssh-format=openssh",
        Reference("v", "i", None, "private key", None, "openssh"),
    ),
    "empty parts": ("op:////", Reference("", "", None, "")),
    "empty section": ("op://v/i//f", Reference("v", "i", "", "f")),
    "trailing slash": ("op://v/i/f/", Reference("v", "i", "f", "")),
    "blank parts": ("op:// / / ", Reference(" ", " ", None, " ")),
}

REFUSED = {
    "empty": ("", PREFIX),
    "no scheme": ("vault/item/field", PREFIX),
    "capital scheme": ("OP://v/i/f", PREFIX),
    "blank in front": (" op://v/i/f", PREFIX),
    "byte order mark in front": ("\ufeffop://v/i/f", PREFIX),
    "one slash": ("op:/v/i/f", PREFIX),
    "nothing after scheme": ("op://", FORMAT),
    "two parts": ("op://v/i", FORMAT),
    "five parts": ("op://v/i/s/f/x", FORMAT),
    "empty query": ("op://v/i/f?", FORMAT),
    "query without value sign": ("op://v/i/f?attribute", FORMAT),
    "two parameters": ("op://v/i/f?attribute=otp&x=y", FORMAT),
    "two value signs": ("op://v/i/f?attribute==otp", FORMAT),
    "slash in query": ("op://v/i/f?attribute=otp/x", FORMAT),
    "letter beyond ascii in query": ("op://v/i/f?attribute=ötp", FORMAT),
    "two parts and a good query": ("op://v/i?attribute=otp", FORMAT),
    "two question marks": ("op://v/i/f?attribute=otp?x=y", CHARACTER),
    "tab": ("op://v/i/\tf", CHARACTER),
    "newline at the end": ("op://v/i/f\n", CHARACTER),
    "no-break space": ("op://v/i/\u00a0", CHARACTER),
    "letter beyond ascii": ("op://v/i/é", CHARACTER),
    "digit beyond ascii": ("op://v/i/\u0660", CHARACTER),
    "percent": ("op://v/i/%20", CHARACTER),
    "character before number of parts": ("op://v/@", CHARACTER),
    "short key": ("op://v/i/f?attr=otp", KEY),
    "capital key": ("op://v/i/f?Attribute=otp", KEY),
    "no key": ("op://v/i/f?=otp", KEY),
    "key before characters": ("op://v/i/%?x=otp", KEY),
    "attribute of the command line": ("op://v/i/f?attribute=type", VALUE),
    "capital value": ("op://v/i/f?attribute=OTP", VALUE),
    "no value": ("op://v/i/f?attribute=", VALUE),
    "blank after value": ("op://v/i/f?attribute=otp ", VALUE),
    "value of the other key": ("op://v/i/f?ssh-format=otp", VALUE),
}


@pytest.mark.parametrize(("text", "expected"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepts(text: str, expected: Reference) -> None:
    """A right text becomes its parts, and is written the same again."""
    reference = parse_reference(text)

    assert reference == expected
    assert str(reference) == text


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(text: str, message: str) -> None:
    """A wrong text is refused in the SDKs' words for the first rule that it breaks."""
    with pytest.raises(InvalidReferenceError) as parsed:
        parse_reference(text)
    with pytest.raises(InvalidReferenceError) as checked:
        check_reference(text)

    assert str(parsed.value) == str(checked.value) == message


@pytest.mark.parametrize("length", [1_000, 1_000_000])
def test_any_length(length: int) -> None:
    """There is no limit on the length."""
    assert parse_reference(f"op://v/i/{'f' * length}").field == "f" * length


@given(st.one_of(st.text(), st.text("op:/?=atribue-shfn %é", max_size=40).map("op://".__add__)))
def test_parse_and_print(text: str) -> None:
    """Whatever is accepted is written the same again; messages never quote the text."""
    try:
        written = str(parse_reference(text))
    except InvalidReferenceError as error:
        written, message = text, str(error)
    else:
        message = FORMAT

    assert written == text
    assert message in {PREFIX, FORMAT, CHARACTER, KEY, VALUE}


ATTRIBUTES = ("otp", "totp", "type", "id", "purpose", "title", "content", "size", "name")
SLASHES = "too many '/': secret references should match op://<vault>/<item>[/<section>]/<field>"


@pytest.mark.parametrize("key", ["attribute", "attr"])
@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_command_attributes(key: str, attribute: str) -> None:
    """The command line knows more attributes, and a short form of the word."""
    parsed = parse_command_reference(f"op://v/i/s/f?{key}={attribute}")
    assert parsed == Reference("v", "i", "s", "f", attribute)  # type: ignore[arg-type]
    assert str(parsed) == f"op://v/i/s/f?attribute={attribute}"


@pytest.mark.parametrize("key", ["attribute", "attr"])
def test_command_default(key: str) -> None:
    """`value` is what a reference without a query means."""
    assert parse_command_reference(f"op://v/i/f?{key}=value") == parse_reference("op://v/i/f")


COMMAND_REFUSED = {
    "no prefix": ("hunter2", PREFIX),
    "two parts": ("op://v/hunter2", FORMAT),
    "five parts": ("op://v/i/s/f/hunter2", SLASHES),
    "five parts and a query": ("op://v/i/s/f/x?attribute=otp", SLASHES),
    "character": ("op://v/i/hunter2!", CHARACTER),
    "key": ("op://v/i/f?attrs=otp", KEY),
    "value": ("op://v/i/f?attr=hunter2", VALUE.rstrip("}")),
    "value of the other key": ("op://v/i/f?attr=openssh", VALUE.rstrip("}")),
    "two queries": ("op://v/i/f?attr=otp&attr=id", FORMAT),
    "capital": ("op://v/i/f?Attr=otp", KEY),
}


@pytest.mark.parametrize(("text", "message"), COMMAND_REFUSED.values(), ids=COMMAND_REFUSED.keys())
def test_command_refuses(text: str, message: str) -> None:
    """What breaks a rule is refused in the words of `op`, with advice and without the text."""
    with pytest.raises(InvalidReferenceError) as refused:
        parse_command_reference(text)
    assert refused.value.message == message
    assert refused.value.hint
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"


QUERIES = st.sampled_from(
    [
        "",
        "?",
        *(
            f"?{key}={value}"
            for key in ("attribute", "attr", "ssh-format", "attri", "")
            for value in (*ATTRIBUTES, "value", "openssh", "OTP", "", "x")
        ),
    ]
)
ADDRESSES = st.one_of(
    st.just("op://v/i/f"), st.text("ab/ .-é", max_size=12).map("op://v/i/f".__add__), st.text()
)


@given(ADDRESSES, QUERIES)
def test_command_line_and_sdk_agree(address: str, query: str) -> None:
    """What the SDKs accept means the same here; what they refuse and we take asks an attribute."""
    text = address + query
    try:
        expected = parse_reference(text)
    except InvalidReferenceError:
        try:
            more = parse_command_reference(text)
        except InvalidReferenceError:
            return
        assert query.startswith(("?attribute=", "?attr="))
        assert parse_command_reference(str(more)) == more
    else:
        assert parse_command_reference(text) == expected
