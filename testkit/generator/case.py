"""A case on its way to a vector file (section 19 of specs/formats.md)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator.run import answer

FORMAT = "sr-vector-1"
Json = dict[str, Any]


class WrongCaseError(Exception):
    """A case is not answered as its author declared it; nothing is written."""


@dataclass(frozen=True)
class Case:
    """One question; `layer` is empty when the answer is yes."""

    area: str
    name: str
    comment: str
    input: Json = field(repr=False)
    layer: str = ""
    code: str = "ok"

    def vector(self) -> Json:
        """The file's content.  The declared answer must be the one given."""
        found = answer(self.area, self.input)
        given = (found["expect"], found.get("layer", ""))
        if given != (self.code, self.layer):
            raise WrongCaseError(f"{self.name}: declared {self.code}, {self.layer}; given {given}")
        head = {"format": FORMAT, "area": self.area, "name": self.name, "comment": self.comment}
        return {**head, "input": self.input, **found}


def good(area: str, condition: str, comment: str, given: Json) -> Case:
    """A case that must succeed."""
    return Case(area, f"{area}_{condition}", comment, given)


def bad(
    area: str, condition: str, comment: str, given: Json, layer: str, code: str = "integrity"
) -> Case:
    """A case that must be refused, with exactly one fault."""
    return Case(area, f"{area}_{condition}", comment, given, layer, code)


def store_case(case: Case, folder: Path) -> None:
    """Write one file; the layout is the one of the existing vectors."""
    text = json.dumps(case.vector(), indent=1) + "\n"
    (folder / f"{case.name}.json").write_text(text, encoding="utf-8")


Table = Mapping[str, tuple[str, Json]]


def all_good(area: str, table: Table) -> Iterator[Case]:
    """Cases that must succeed: condition -> (comment, input)."""
    for condition, (comment, given) in table.items():
        yield good(area, condition, comment, given)


def all_bad(area: str, layer: str, table: Table, *, code: str = "integrity") -> Iterator[Case]:
    """Refusals of one layer: condition -> (comment, input)."""
    for condition, (comment, given) in table.items():
        yield bad(area, condition, comment, given, layer, code)
