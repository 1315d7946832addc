"""Title tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.crypto.titles import check_title, derive_tag_key, derive_title_tag, normalise_title
from strongroom.errors import IntegrityError

TAG_KEY = derive_tag_key(SymmetricKey(b"k" * 32))
SAME = {
    "blanks at the ends": ("  GitHub ", "GitHub"),
    "case of A to Z": ("GITHUB", "github"),
    "composed and decomposed": ("Caf\u00e9", "cafe\u0301"),
}
DIFFERENT = {
    "blanks inside": ("git hub", "github"),
    "a tab at the end": ("github\t", "github"),
    "case of other letters": ("\u00c4", "\u00e4"),
    "compatibility forms": ("\uff41", "a"),
    "the dotless i": ("\u0131", "i"),
    "the sign of kelvin": ("\u212a2", "kk"),
}


def tag(title, *, key=TAG_KEY, container=b"c" * 16):
    return derive_title_tag(key, container, title)


@pytest.mark.parametrize(("left", "right"), SAME.values(), ids=SAME.keys())
def test_same_titles(left, right):
    """Titles that people take for the same have one tag."""
    assert tag(left) == tag(right)
    check_title(asked=left, title=right, what="item x")


@pytest.mark.parametrize(("left", "right"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_different_titles(left, right):
    """Other titles have other tags, and one is no answer to the other."""
    assert tag(left) != tag(right)
    with pytest.raises(IntegrityError, match="item x") as caught:
        check_title(asked=left, title=right, what="item x")
    assert caught.value.layer == "title"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_normal_form(title):
    """The normal form of a title is its own; the tag has 16 bytes."""
    normal = normalise_title(title)
    assert normalise_title(normal) == normal
    assert len(tag(title)) == 16


def test_tags_belong_to_a_key_and_a_container():
    """The same title elsewhere, or under another epoch's key, has another tag."""
    tags = {
        tag("x"),
        tag("x", key=derive_tag_key(SymmetricKey(b"l" * 32))),
        tag("x", container=b"d" * 16),
    }
    assert len(tags) == 3
