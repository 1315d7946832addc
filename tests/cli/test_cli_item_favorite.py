"""Favorites: a mark in the item's overview, which everybody who sees the vault shares."""

import json

import pytest

from strongroom.cli.item.input import apply_template
from strongroom.errors import InputError


def create(op, title, *arguments, **settings):
    """Make an item in `dev`; return its JSON."""
    into = ("--vault", "dev", "--title", title, "--format", "json")
    return op("item", "create", *into, *arguments, **settings).json


def favorites(op, *arguments, flag="--favorite"):
    """Return the titles of the favorites in `dev`."""
    asked = ("item", "list", "--vault", "dev", flag, *arguments)
    return {row["title"] for row in op(*asked, "--format", "json").json}


@pytest.fixture
def marked(op):
    """A favorite."""
    made = create(op, "marked", "--category", "login", "--favorite", "username=ana")
    yield made
    op("item", "delete", made["id"])


def test_favorite_is_shown(op, marked):
    """JSON has the key where it is one, human output a line for every item."""
    assert marked["favorite"] is True
    assert list(marked)[1:3] == ["title", "favorite"]
    assert op("item", "get", "marked", "--format", "json").json == marked
    assert "Favorite:            true\n" in op("item", "get", "marked").out
    assert "favorite" not in op("item", "get", "db", "--format", "json").json
    assert "Favorite:            false\n" in op("item", "get", "db").out


def test_favorites_are_listed(op, marked):
    """--favorite keeps the favorites; =false asks for nothing."""
    assert favorites(op) == {"marked"}
    assert {"marked", "db"} <= favorites(op, flag="--favorite=false")
    assert favorites(op, "--categories", "password") == set()
    listed = op("item", "list", "--vault", "dev", "--format", "json").json
    assert {row["title"] for row in listed if row.get("favorite")} == {"marked"}


def test_favorite_is_edited(op, marked):
    """An edit sets or takes the mark as a version of its own, and leaves it where it says nothing.

    A value stands behind `=` only, so that an assignment can follow.
    """
    gone = op("item", "edit", "marked", "--favorite=false", "--format", "json").json
    assert (gone["version"], "favorite" in gone) == (2, False)
    back = op("item", "edit", "marked", "--favorite", "username=bob", "--format", "json").json
    assert (back["version"], back["favorite"]) == (3, True)
    assert back["fields"][0]["value"] == "bob"
    kept = op("item", "edit", "marked", "--tags", "a", "--format", "json").json
    assert (kept["version"], kept["favorite"]) == (4, True)
    assert op("item", "edit", "marked", "--favorite=true", "--dry-run", "--format", "json").json[
        "favorite"
    ]
    old = op("item", "restore", "marked", "--version", "2", "--format", "json").json
    assert "favorite" not in old
    refused = op.run("item", "edit", "marked", "--favorite=perhaps")
    assert refused.error == (
        'invalid argument "perhaps" for "--favorite" flag: write true or false'
    )


def test_favorite_needs_the_right_to_edit(marked, reader):
    """The mark is part of the item: who may only read it cannot set or take it."""
    assert favorites(reader) == {"marked"}
    for word in ("--favorite=false", "--favorite"):
        refused = reader.run("item", "edit", "marked", word)
        assert refused.error == 'you may not change the item "marked" in the vault "dev"'
    assert favorites(reader) == {"marked"}


def test_favorite_moves_along(op, marked):
    """A copy in another vault is a favorite too."""
    op("vault", "create", "elsewhere")
    moved = op(
        *("item", "move", "marked", "--destination-vault", "elsewhere", "--format", "json")
    ).json
    assert moved["favorite"] is True
    back = ("item", "move", moved["id"], "--destination-vault", "dev", "--format", "json")
    marked["id"] = op(*back).json["id"]
    op("vault", "delete", "elsewhere")


def test_favorite_in_templates(op, marked):
    """A template marks the item that is made or edited; one that says nothing leaves the mark."""
    whole = op("item", "get", "marked", "--format", "json").json | {"title": "copy"}
    copy = op("item", "create", "-", "--format", "json", given=json.dumps(whole)).json
    assert copy["favorite"] is True
    without = {key: whole[key] for key in whole if key != "favorite"}
    edited = op("item", "edit", "copy", "--format", "json", given=json.dumps(without)).json
    assert edited["favorite"] is True
    both = ("item", "edit", "copy", "-", "--favorite=false", "--format", "json")
    assert "favorite" not in op(*both, given=json.dumps(whole)).json
    marks = json.dumps(without | {"favorite": True})
    assert op("item", "edit", "copy", "--format", "json", given=marks).json["favorite"] is True
    clears = json.dumps(without | {"favorite": False})
    assert "favorite" not in op("item", "edit", "copy", "--format", "json", given=clears).json
    op("item", "delete", "copy")


@pytest.mark.parametrize("value", ["yes", 1, [], {}])
def test_template_with_a_false_mark(value):
    """A template whose mark is no boolean is refused; null is none."""
    with pytest.raises(InputError, match='"favorite" in the template is neither true nor false'):
        apply_template({"title": "a", "category": "Login"}, {"favorite": value})
    assert apply_template({"title": "a"}, {"favorite": None}) == {"title": "a"}


def test_document_stays_a_favorite(op):
    """A document whose content is replaced stays what it was."""
    (op.folder / "paper.txt").write_text("old")
    op("document", "create", "paper.txt", "--vault", "dev", "--title", "paper")
    op("item", "edit", "paper", "--favorite")
    op("document", "edit", "paper", "-", given="new")
    assert op("document", "get", "paper").out == "new"
    assert "paper" in favorites(op)
    op("item", "delete", "paper")
