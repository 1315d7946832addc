"""Permission bits: names, broad words, and what each needs."""

import pytest

from strongroom.errors import InputError
from strongroom.permissions import (
    ALL_BITS,
    BROAD_WORDS,
    CREATE_ITEMS,
    MANAGE_VAULT,
    READ_ITEMS,
    REVEAL_ITEM_PASSWORD,
    UPDATE_ITEM_HISTORY,
    UPDATE_ITEMS,
    check_permissions,
    dependent_permissions,
    missing_permissions,
    parse_permissions,
    permission_names,
    permission_words,
)

SINGLE = [1 << place for place in range(24) if ALL_BITS >> place & 1]


def test_broad_words_are_the_whole():
    """The three broad words have nothing in common and hold every permission together."""
    assert sum(BROAD_WORDS.values()) == ALL_BITS


def test_needs_are_complete():
    """With what a permission needs, nothing is missing any more: one look is enough."""
    for bit in SINGLE:
        check_permissions(bit | missing_permissions(bit))


@pytest.mark.parametrize("bit", SINGLE)
def test_dependent(bit):
    """What remains after a permission and its dependants were taken can stand."""
    rest = ALL_BITS & ~bit & ~dependent_permissions(held=ALL_BITS, taken=bit)
    assert missing_permissions(rest) == 0
    # Each of them is needed: with any one back, something is missing.
    for one in SINGLE:
        if one & dependent_permissions(held=ALL_BITS, taken=bit):
            assert missing_permissions(rest | one)


def test_broad_words_need():
    """allow_editing needs allow_viewing and no more; the others need nothing."""
    assert missing_permissions(BROAD_WORDS["allow_editing"]) == BROAD_WORDS["allow_viewing"]
    assert missing_permissions(BROAD_WORDS["allow_viewing"]) == 0
    assert missing_permissions(MANAGE_VAULT) == 0


def test_parse():
    """Names and broad words may be mixed."""
    assert parse_permissions(["view_items", "allow_managing"]) == READ_ITEMS | MANAGE_VAULT
    assert parse_permissions(permission_names(ALL_BITS)) == ALL_BITS


@pytest.mark.parametrize("words", [["fly"], [""], ["view_items", "move_items"], []])
def test_parse_refuses(words):
    """What is no permission, and nothing at all, is refused with a list of those that are."""
    with pytest.raises(InputError) as caught:
        parse_permissions(words)
    assert "allow_viewing" in str(caught.value.hint)


def test_words():
    """Broad words stand for a whole, and only where they are wanted."""
    viewing = READ_ITEMS | REVEAL_ITEM_PASSWORD | UPDATE_ITEM_HISTORY
    assert permission_words(viewing | CREATE_ITEMS, broad=True) == ["allow_viewing", "create_items"]
    assert permission_words(UPDATE_ITEMS, broad=True) == ["edit_items"]
    assert permission_words(viewing, broad=False) == permission_names(viewing)
