"""The values below everything: ids, PAE, secrets, permissions, times, addresses, errors."""

import copy
import pickle
import re
import traceback
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom import errors
from strongroom.addresses import PATH_CHARACTERS_MAX, format_file_address, parse_file_address
from strongroom.clock import format_time, system_clock
from strongroom.documents import encode_document, parse_document
from strongroom.errors import (
    ERRORS_BY_CODE,
    InputError,
    IntegrityError,
    InvalidIdError,
    StrongroomError,
)
from strongroom.ids import ID_CHARACTERS, format_id, parse_id
from strongroom.limits import INTEGER_MAX
from strongroom.pae import pae, parse_pae
from strongroom.permissions import (
    ALL_BITS,
    ARCHIVE_ITEMS,
    CREATE_ITEMS,
    DELETE_ITEMS,
    EXPORT_ITEMS,
    IMPORT_ITEMS,
    MANAGE_VAULT,
    PRINT_ITEMS,
    READ_ITEMS,
    RECOVER_VAULT,
    REVEAL_ITEM_PASSWORD,
    SEND_ITEMS,
    SERVICE_ACCOUNT_WORDS,
    UPDATE_ITEM_HISTORY,
    UPDATE_ITEMS,
    check_permissions,
    permission_names,
)
from strongroom.secret import MASK, Secret

HIDDEN = "correct-horse-7"

# -- ids -----------------------------------------------------------------------


@given(st.binary(min_size=16, max_size=16))
def test_id_round_trip(value):
    """Every 16 bytes have one text of 26 characters, which gives them back."""
    text = format_id(value)
    assert len(text) == ID_CHARACTERS
    assert parse_id(text) == value


REFUSED_IDS = {
    "empty": ("", "spelling"),
    "one too short": ("a" * 25, "spelling"),
    "one too long": ("a" * 27, "spelling"),
    "upper case": ("A" * 26, "spelling"),
    "a digit outside base32": ("a" * 25 + "1", "spelling"),
    "padding": ("a" * 20 + "======", "spelling"),
    "a line end": ("a" * 26 + "\n", "spelling"),
    "a digit of another script": ("a" * 25 + "٢", "spelling"),
    "first spare bit": ("a" * 25 + "b", "spare-bits"),
    "second spare bit": ("a" * 25 + "c", "spare-bits"),
}


@pytest.mark.parametrize(("text", "layer"), REFUSED_IDS.values(), ids=REFUSED_IDS.keys())
def test_id_refusals(text, layer):
    """A second spelling of an id is refused, never repaired."""
    with pytest.raises(InvalidIdError) as caught:
        parse_id(text)
    assert caught.value.layer == layer


# -- PAE -----------------------------------------------------------------------


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_pae_round_trip(parts):
    """Splitting an encoding gives the parts that were encoded."""
    assert parse_pae(pae(*parts)) == parts


@given(st.lists(st.binary(max_size=6), max_size=4), st.lists(st.binary(max_size=6), max_size=4))
def test_pae_is_injective(left, right):
    """Two lists of parts have one encoding only if they are the same list."""
    assert (pae(*left) == pae(*right)) == (left == right)


def test_pae_of_text_and_numbers():
    """Text is UTF-8, integers are eight little-endian bytes, flags are integers."""
    assert parse_pae(pae("ä", 258, True)) == ["ä".encode(), b"\2\1" + bytes(6), b"\1" + bytes(7)]


@given(st.lists(st.binary(max_size=6), max_size=3), st.data())
def test_pae_cut_or_lengthened(parts, data):
    """Cut at any place or lengthened by any byte, an encoding is refused."""
    body = pae(*parts)
    place = data.draw(st.integers(0, len(body) - 1))
    for changed in (body[:place], body + b"\0"):
        with pytest.raises(IntegrityError) as caught:
            parse_pae(changed)
        assert caught.value.layer == "form"


@pytest.mark.parametrize("word", [2**64 - 1, 2**63, 2**32], ids=["most", "half", "many"])
def test_pae_false_counts(word):
    """A count or a length beyond the bytes is refused before any work."""
    raw = word.to_bytes(8, "little")
    one = (1).to_bytes(8, "little")
    for body in (raw, raw + bytes(64), one + raw, one + raw + bytes(64)):
        with pytest.raises(IntegrityError):
            parse_pae(body)


# -- secrets -------------------------------------------------------------------

PRINTED = {
    "repr": repr,
    "str": str,
    "format": "{:>30}".format,
    "f-string": lambda secret: f"{secret}",
    "percent": lambda secret: "%s %r" % (secret, secret),  # noqa: UP031  (this very way is tested)
    "inside a list": lambda secret: repr([secret]),
    "inside an exception": lambda secret: repr(ValueError(secret)),
}


@pytest.mark.parametrize("kind", [str, str.encode], ids=["text", "bytes"])
@pytest.mark.parametrize("show", PRINTED.values(), ids=PRINTED.keys())
def test_secret_prints_a_mask(show, kind):
    """However a secret is printed, only the mask is seen."""
    shown = show(Secret(kind(HIDDEN)))
    assert MASK in shown
    assert HIDDEN not in shown


COPIED = {"pickle": pickle.dumps, "copy": copy.copy, "deepcopy": copy.deepcopy}


@pytest.mark.parametrize("carry", COPIED.values(), ids=COPIED.keys())
def test_secret_is_not_copied(carry):
    """A secret is neither pickled nor copied, and the refusal does not quote it."""
    with pytest.raises(TypeError) as caught:
        carry(Secret(HIDDEN))
    assert HIDDEN not in str(caught.value)


def test_secret_in_a_traceback():
    """A traceback that prints every local variable shows the mask."""

    def fail(secret):
        raise ValueError(secret)

    try:
        fail(Secret(HIDDEN))
    except ValueError as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        text = "".join(told.format())
    assert "secret = [secret]" in text
    assert "ValueError: [secret]" in text
    assert "Secret('" not in text


def test_secret_is_exposed_on_demand():
    """Whoever asks for the value gets it, unchanged."""
    assert Secret(HIDDEN).expose() == HIDDEN
    assert Secret(HIDDEN.encode()).expose() == HIDDEN.encode()


# -- permissions ---------------------------------------------------------------

READ_REVEAL = READ_ITEMS | REVEAL_ITEM_PASSWORD
READ_HISTORY = READ_REVEAL | UPDATE_ITEM_HISTORY
NEEDS = {
    "manage": (MANAGE_VAULT, 0),
    "read": (READ_ITEMS, 0),
    "reveal": (REVEAL_ITEM_PASSWORD, READ_ITEMS),
    "update": (UPDATE_ITEMS, READ_REVEAL),
    "create": (CREATE_ITEMS, READ_ITEMS),
    "archive": (ARCHIVE_ITEMS, READ_REVEAL | UPDATE_ITEMS),
    "delete": (DELETE_ITEMS, READ_REVEAL | UPDATE_ITEMS),
    "history": (UPDATE_ITEM_HISTORY, READ_REVEAL),
    "send": (SEND_ITEMS, READ_HISTORY),
    "import": (IMPORT_ITEMS, READ_ITEMS | CREATE_ITEMS),
    "export": (EXPORT_ITEMS, READ_HISTORY),
    "print": (PRINT_ITEMS, READ_HISTORY),
}


@pytest.mark.parametrize(("bit", "needs"), NEEDS.values(), ids=NEEDS.keys())
def test_permission_needs(bit, needs):
    """A permission is stored with all that it needs; without one of them it is refused by name."""
    assert check_permissions(bit | needs) == bit | needs
    for missing in (1 << n for n in range(24) if needs >> n & 1):
        with pytest.raises(InputError, match=permission_names(missing)[0]):
            check_permissions(bit | needs & ~missing)


def test_permission_masks_of_the_sdk():
    """The mask of the SDK's own example is stored with REVEAL; complete masks stay as they are."""
    example = READ_ITEMS | CREATE_ITEMS | UPDATE_ITEMS
    assert check_permissions(example) == example | REVEAL_ITEM_PASSWORD
    for mask in (ALL_BITS, *SERVICE_ACCOUNT_WORDS.values()):
        assert check_permissions(mask) == mask


@pytest.mark.parametrize("mask", [RECOVER_VAULT | READ_ITEMS, 4, 1 << 40, -1])
def test_unknown_permissions(mask):
    """Reserved, unknown and negative bits are refused."""
    with pytest.raises(InputError, match="unknown bits"):
        check_permissions(mask)


# -- clock ---------------------------------------------------------------------

TIMES = {
    "the beginning": (0, "1970-01-01T00:00:00.000000Z"),
    "a millisecond": (1_700_000_000_001, "2023-11-14T22:13:20.001000Z"),
    "a leap day": (951_782_400_000, "2000-02-29T00:00:00.000000Z"),
    "the last representable year": (253_402_300_799_999, "9999-12-31T23:59:59.999000Z"),
}


@pytest.mark.parametrize(("milliseconds", "text"), TIMES.values(), ids=TIMES.keys())
def test_format_time(milliseconds, text):
    """Times are RFC 3339 in UTC with six digits."""
    assert format_time(milliseconds) == text


def test_format_every_time_of_the_format():
    """A signed time may be anything below 2^53; none of them makes a reader fall over."""
    assert format_time(INTEGER_MAX).endswith("Z")


def test_system_clock():
    """The computer's clock counts milliseconds since 1970."""
    assert abs(system_clock() - datetime.now(UTC).timestamp() * 1000) < 5_000


# -- addresses -----------------------------------------------------------------


@given(
    st.lists(
        st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1),
        min_size=1,
    )
)
def test_address_round_trip(names):
    """Every absolute path has an address that leads back to it."""
    path = PurePosixPath("/", *[name for name in names if name != "."])
    assert parse_file_address(format_file_address(path)) == Path(path)


REFUSED_ADDRESSES = {
    "empty": "",
    "no scheme": "/home/ana/strongroom.db",
    "another scheme": "sqlite:///home/strongroom.db",
    "a server, not yet": "https://example.org",
    "a plain server, not yet": "http://127.0.0.1:8080",
    "a host": "file://example.org/strongroom.db",
    "a local host": "file://localhost/strongroom.db",
    "a query": "file:///strongroom.db?mode=ro",
    "an empty query": "file:///strongroom.db?",
    "a fragment": "file:///strongroom.db#x",
    "a relative path": "file://strongroom.db",
    "one slash": "file:/strongroom.db",
    "a blank that is not encoded": "file:///a b.db",
    "a letter encoded without need": "file:///%61.db",
    "lower-case hexadecimal": "file:///a%2fb%c3%a4",
    "NUL": "file:///a%00b",
    "not UTF-8": "file:///%ff",
    "a doubled slash": "file:///a//b",
    "a final slash": "file:///a/",
    "an upper-case scheme": "FILE:///a",
    "a line end": "file:///a\n",
    "an open bracket for a host": "file://[/a",
    "a lone surrogate": "file:///\udc80",
}


@pytest.mark.parametrize("url", REFUSED_ADDRESSES.values(), ids=REFUSED_ADDRESSES.keys())
def test_address_refusals(url):
    """One file has one address; every other text is a typed refusal."""
    with pytest.raises(InputError):
        parse_file_address(url)


def test_address_length():
    """A path has at most 4,096 characters."""
    longest = "/" + "a" * (PATH_CHARACTERS_MAX - 1)
    assert str(parse_file_address("file://" + longest)) == longest
    with pytest.raises(InputError, match="4096"):
        parse_file_address(f"file://{longest}a")


# -- documents -----------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_document_round_trip(document):
    """A document is read as it was written."""
    raw = encode_document(document, bytes_max=10**6, what="overview")
    assert parse_document(raw, what="item") == document


NOT_DOCUMENTS = {
    "nothing": b"",
    "text": b'"text"',
    "a list": b"[]",
    "cut": b'{"a":1',
    "two": b"{}{}",
    "not UTF-8": b'{"a":"\xff"}',
    "nested without end": b'{"a":' * 100_000,
}


@pytest.mark.parametrize("raw", NOT_DOCUMENTS.values(), ids=NOT_DOCUMENTS.keys())
def test_document_refusals(raw):
    """What does not hold one object is refused under the name of what was read."""
    with pytest.raises(IntegrityError, match="item x does not hold a document") as caught:
        parse_document(raw, what="item x")
    assert caught.value.layer == "document"


def test_document_of_half_a_character():
    """Text that has no UTF-8 is the caller's fault and refused as such."""
    with pytest.raises(InputError):
        encode_document({"title": "\udcff"}, bytes_max=1000, what="overview")


# -- errors --------------------------------------------------------------------


def all_errors():
    """Return every error class by walking the tree."""
    found, waiting = [], [StrongroomError]
    while waiting:
        found.append(waiting.pop(0))
        waiting += found[-1].__subclasses__()
    return found


def drawn_tree():
    """Return (class name, parent's name, code) for every line of the module's drawing."""
    rows, parents = [], {}
    for line in errors.__doc__.splitlines():
        drawn = re.fullmatch(r"( {4}[│├└─ ]*?)(\w+(?:Error|Exception)) +(\w+)", line)
        if drawn is None:
            continue
        depth = (len(drawn[1]) - 4) // 4
        parents[depth] = drawn[2]
        rows.append((drawn[2], parents.get(depth - 1), drawn[3]))
    return rows


def test_errors_have_codes_of_their_own():
    """Each class has a code that no other has, and the table knows every class."""
    codes = [kind.__dict__.get("code") for kind in all_errors()]
    assert len(codes) == len(set(codes))
    assert dict(zip(codes, all_errors(), strict=True)) == ERRORS_BY_CODE


def test_errors_are_drawn():
    """The tree in the module's docstring is the tree of the classes."""
    real = [(kind.__name__, kind.__bases__[0].__name__, kind.code) for kind in all_errors()]
    drawn = [(name, parent or "Exception", code) for name, parent, code in drawn_tree()]
    assert sorted(drawn) == sorted(real)


@pytest.mark.parametrize("kind", all_errors(), ids=lambda kind: kind.__name__)
def test_error_parts(kind):
    """An error keeps fact, advice and facts for programs apart, and never tells its layer."""
    error = kind(
        "what failed", hint="what to do", candidates=("a",), reference="op://x", layer="tag-layer"
    )
    assert (error.message, error.hint, error.candidates) == ("what failed", "what to do", ("a",))
    assert str(error) == "what failed"
    assert "tag-layer" not in repr(error) + str(error) + str(error.args)
    assert 400 <= error.http_status <= 599
    assert error.exit_code > 0
    assert error.sdk_name
