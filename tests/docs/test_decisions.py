"""Decisions have one form: a number, a status and a date, and their place in the list of all."""

import datetime as dt
import re
from pathlib import Path

import pytest

from strongroom.service.operations import all_operations

FOLDER = Path(__file__).parents[2] / "docs/adr"
PAGES = {path.name[:4]: path for path in sorted(FOLDER.glob("0*.md"))}
FORM = re.compile(
    r"# (?P<number>\d{4}) (?P<title>.+)\n\n"
    r"Status: (?P<status>accepted|superseded by (?P<next>\d{4}))\n"
    r"Date: (?P<date>\d{4}-\d\d-\d\d)\n\n"
    r"\*\*Decision\.\*\* "
)


def read(number: str) -> re.Match[str]:
    found = FORM.match(PAGES[number].read_text(encoding="utf-8"))
    assert found is not None, PAGES[number].name
    return found


def test_numbers_have_no_gap():
    """The pages are numbered from 0001 on, each number once."""
    assert list(PAGES) == [f"{number:04}" for number in range(1, len(PAGES) + 1)]
    assert len(PAGES) == len(list(FOLDER.glob("*.md"))) - 1  # and the list of all


@pytest.mark.parametrize("number", PAGES)
def test_form(number: str):
    """A page has its number, a title, a status and a real date; what supersedes it is newer."""
    found = read(number)
    assert found["number"] == number
    dt.date.fromisoformat(found["date"])
    if found["next"] is not None:
        assert number < found["next"] <= max(PAGES)
        assert f"supersedes {number}" in PAGES[found["next"]].read_text(encoding="utf-8")


def test_the_list_names_all():
    """The list has every page with its title, status and date, in order."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| \[(\d{4})\]\((.+?)\) \| (.+?) \| (.+?) \| (.+?) \|$", text, re.MULTILINE
    )
    assert rows == [
        (number, path.name, *read(number).group("title", "status", "date"))
        for number, path in PAGES.items()
    ]


def test_writing_operations_are_those_of_the_decision():
    """The decision about `commit` names every operation that writes, and no other."""
    text = PAGES["0020"].read_text(encoding="utf-8").partition("**Why.**")[0]
    named = set(re.findall(r"`([a-z]+(?:/[a-z]+)?)`", text))
    assert named == {kind.operation for kind, one in all_operations().items() if one.writes}
