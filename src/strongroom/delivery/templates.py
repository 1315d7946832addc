r"""Templates: texts with secret references and variables in them. No input, no output.

The grammar is that of `op inject`:

- A bare reference begins with `op://`, unless an ASCII letter or digit or one of `-`, `+`,
  `\` and `.` stands before it. It goes on over ASCII letters and digits, `-`, `_`, `.`, `/`
  and variables, and behind its first `?` also over `?`, `=` and `&`.
- `{{ op://… }}` is a reference, too, and the only one that can have blanks in it. It ends on
  the line on which it begins.
- `{{ "text" }}` is the text, untouched but for `\"`, which is a quotation mark.
- `$NAME`, `${NAME}` and `${NAME:-default}` are variables, in references too. The default stands
  in for a variable that is not set; an empty one is set. It ends at the next `}` on its line
  and has no `${` in it. Blanks at both ends within the braces do not count. `${…}` of any
  other form is text, and so is a variable behind a `\`.
- Everything else is text, and stays as it is.

Nothing that is filled in is searched again: neither a secret nor the value of a variable can
bring a reference into the result. A text that begins like a reference and is none is a fault,
since a program that is given it as it is would take it for the secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from strongroom.delivery.grammar import (
    BARE_BEGINS,
    NAME,
    PATH_CHARACTERS,
    QUERY_CHARACTERS,
)
from strongroom.errors import InvalidReferenceError, TooLargeError
from strongroom.limits import BATCH_MAX
from strongroom.references import FORM_HINT, parse_command_reference
from strongroom.secret import veil

# As much as a command takes from a file or standard input: far more than configuration files have.
TEMPLATE_BYTES_MAX: Final = 16 * 1024 * 1024
# Different ones; as many as are resolved in one trip.
REFERENCES_MAX: Final = BATCH_MAX
# A template can name one large file a million times; what is filled in has to fit in memory.
FILLED_CHARACTERS_MAX: Final = 64 * 1024 * 1024

_BLANKS: Final = r"[ \t]*+"
_DEFAULT: Final = r"(?:[^}\n$]|\$(?!\{))*+"
# Possessive repeats keep the search linear; no default goes on over the next variable.
_VARIABLE: Final = rf"\$(?:{NAME}|\{{{_BLANKS}{NAME}(?:{_BLANKS}\}}|:-{_DEFAULT}(?<!\\)\}}))"
_VARIABLE_PARTS: Final = re.compile(
    rf"\$\{{?{_BLANKS}(?P<name>{NAME})(?::-{_BLANKS}(?P<default>[^}}\n]*+))?"
)
_FIND_VARIABLE: Final = re.compile(_VARIABLE)
_FIND: Final = re.compile(
    rf"\{{\{{{_BLANKS}(?P<enclosed>op://)"
    rf'|\{{\{{{_BLANKS}"(?P<literal>(?:\\"|[^"])*+)"{_BLANKS}\}}\}}'
    rf"|{BARE_BEGINS}(?P<bare>op://)"
    rf"|(?<!\\)(?:(?P<variable>{_VARIABLE})|(?P<nested>\$\{{{_BLANKS}{NAME}:-{_DEFAULT}\$\{{))"
)
_BARE: Final = re.compile(
    rf"op://(?:[{PATH_CHARACTERS}]|{_VARIABLE})*+(?:\?(?:[{QUERY_CHARACTERS}]|{_VARIABLE})*+)?+"
)
_ENCLOSED: Final = re.compile(rf"(?P<inside>op://(?:{_VARIABLE}|[^}}\n]|\}}(?!\}}))*+)\}}\}}")

_FORM_HINT: Final = f'{FORM_HINT}, within {{{{ }}}} if a name has blanks, or as {{{{ "text" }}}}'
_NOT_SET_HINT: Final = (
    "set it, or write ${{{name}:-default}} for a default; "
    'text that stays as it is stands in quotes within braces: {{{{ "${name}" }}}}'
)
_NESTED: Final = "the default of a variable has ${ in it, and a variable cannot stand there"
_NOT_CLOSED: Final = "the reference that begins with {{ has no }} on its line"


class Spot(NamedTuple):
    """Where something begins in a template: line and column, both from 1, in characters."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


class Fault(NamedTuple):
    """What cannot be filled in, and why; neither says what a variable holds."""

    spot: Spot
    reason: str
    hint: str | None = None


class Variable(NamedTuple):
    """A variable, and what to write where it is not set."""

    spot: Spot
    name: str
    default: str | None


class Asked(NamedTuple):
    """A reference as a template has it: text and variables.

    Attributes:
        pieces: What it is put together from.
        written: As it stands in the template, without braces.
    """

    spot: Spot
    pieces: tuple[str | Variable, ...]
    written: str


class Template(NamedTuple):
    """A template that was read; `faults` are those that its text alone has."""

    parts: tuple[str | Variable | Asked, ...]
    faults: tuple[Fault, ...]


class Slot(NamedTuple):
    """Where the value of a reference belongs; the reference is well-formed."""

    spot: Spot
    reference: str


class Form:
    """A template whose variables are filled in, and whose references are not."""

    __rich_repr__ = veil

    def __init__(self, parts: Iterable[str | Slot], faults: Iterable[Fault]) -> None:
        self._parts = tuple(parts)
        self.faults = tuple(faults)

    def __repr__(self) -> str:
        return f"Form(parts={len(self._parts)}, faults={len(self.faults)})"

    @property
    def slots(self) -> list[Slot]:
        """Every place that waits for a value."""
        return [part for part in self._parts if isinstance(part, Slot)]

    def references(self) -> list[str]:
        """Return the references, each once, in their order.

        Raises:
            TooLargeError: More than 10,000.
        """
        found = list(dict.fromkeys(slot.reference for slot in self.slots))
        if len(found) > REFERENCES_MAX:
            message = f"a template may have at most {REFERENCES_MAX} different references"
            raise TooLargeError(message, hint="split it into several templates")
        return found

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with every reference replaced by its value.

        Args:
            values: By reference; there is one for each.

        Raises:
            TooLargeError: The result has more than 64 Mi characters.
        """
        texts = [values[part.reference] if isinstance(part, Slot) else part for part in self._parts]
        if sum(map(len, texts)) > FILLED_CHARACTERS_MAX:
            message = f"the filled template would have more than {FILLED_CHARACTERS_MAX} characters"
            raise TooLargeError(message, hint="split it into several templates")
        return "".join(texts)


def parse_template(text: str) -> Template:
    """Read a template; what is wrong with it becomes faults, so that all can be told at once."""
    return _Reading(text).template()


def fill_variables(template: Template, environment: Mapping[str, str]) -> Form:
    """Fill in the variables of a template.

    A variable is the one of exactly this name, else the one whose name differs in capitals
    only. One that is not set and has no default is a fault, and so is a reference that
    breaks a rule of references; neither is quoted beyond what stands in the template.
    """
    known = _Variables(environment)
    parts: list[str | Slot] = []
    faults = list(template.faults)
    for part in template.parts:
        if isinstance(part, str):
            parts.append(part)
            continue
        pieces = (part,) if isinstance(part, Variable) else part.pieces
        texts = [known.fill(piece) for piece in pieces]
        wrong = [one for one in texts if isinstance(one, Fault)]
        faults += wrong
        if wrong:
            continue
        text = "".join(one for one in texts if isinstance(one, str))
        if isinstance(part, Variable):
            parts.append(text)
            continue
        try:
            parse_command_reference(text)
        except InvalidReferenceError as error:
            hint = _FORM_HINT if error.hint == FORM_HINT else error.hint
            faults.append(Fault(part.spot, error.message, hint))
        else:
            parts.append(Slot(part.spot, text))
    return Form(parts, sorted(faults, key=lambda one: one.spot))


class _Variables:
    """The variables of the environment, whose names need not have the same capitals."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._names: dict[str, list[str]] = {}
        for name in environment:
            self._names.setdefault(name.casefold(), []).append(name)

    def fill(self, piece: str | Variable) -> str | Fault:
        """Return the text of a piece, or why it has none."""
        if isinstance(piece, str):
            return piece
        names = self._names.get(piece.name.casefold(), [])
        if piece.name in self._environment:
            names = [piece.name]
        if not names:
            if piece.default is not None:
                return piece.default
            reason = f"the variable {piece.name} is not set and has no default"
            return Fault(piece.spot, reason, _NOT_SET_HINT.format(name=piece.name))
        if len(names) > 1:
            return Fault(piece.spot, f"several variables are called {piece.name} but for capitals")
        value = self._environment[names[0]]
        # Bytes that are no UTF-8 reach Python as half characters.
        if not value.isascii() and any("\ud800" <= one <= "\udfff" for one in value):
            return Fault(piece.spot, f"the variable {piece.name} is not UTF-8")
        return value


class _Reading:
    """One walk through a template."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line, self._line_start, self._counted = 1, 0, 0
        self._faults: list[Fault] = []

    def template(self) -> Template:
        """Return all parts."""
        return Template(tuple(self._parts()), tuple(self._faults))

    def _parts(self) -> Iterator[str | Variable | Asked]:
        text, position = self._text, 0
        while (found := _FIND.search(text, position)) is not None:
            if found.start() > position:
                yield text[position : found.start()]
            literal = found["literal"]
            if literal is not None:
                yield literal.replace('\\"', '"')
                position = found.end()
            elif found["variable"] is not None:
                yield self._variable(found["variable"], found.start())
                position = found.end()
            elif found["nested"] is not None:
                self._faults.append(Fault(self._spot(found.start()), _NESTED))
                position = found.end() - len("${")
            else:
                part, position = self._reference(found)
                if part is not None:
                    yield part
        if position < len(text):
            yield text[position:]

    def _reference(self, found: re.Match[str]) -> tuple[Asked | None, int]:
        """Return a reference and where the text goes on behind it."""
        text = self._text
        if found["bare"] is not None:
            bare = _BARE.match(text, found.start())
            assert bare is not None, "it begins with op://"
            return self._asked(bare[0], found.start()), bare.end()
        start = found.start("enclosed")
        enclosed = _ENCLOSED.match(text, start)
        if enclosed is None:
            self._faults.append(Fault(self._spot(found.start()), _NOT_CLOSED))
            # The rest of the line belongs to it; to look there again would take quadratic time.
            end = text.find("\n", start)
            return None, len(text) if end < 0 else end
        return self._asked(enclosed["inside"].rstrip(" \t"), start), enclosed.end()

    def _asked(self, written: str, start: int) -> Asked:
        spot = self._spot(start)
        pieces: list[str | Variable] = []
        position = 0
        for found in _FIND_VARIABLE.finditer(written):
            pieces.append(written[position : found.start()])
            pieces.append(self._variable(found[0], start + found.start()))
            position = found.end()
        pieces.append(written[position:])
        return Asked(spot, tuple(piece for piece in pieces if piece != ""), written)

    def _variable(self, written: str, start: int) -> Variable:
        parts = _VARIABLE_PARTS.match(written)
        assert parts is not None, "it has the form of a variable"
        default = parts["default"]
        spot = self._spot(start)
        return Variable(spot, parts["name"], None if default is None else default.rstrip(" \t"))

    def _spot(self, position: int) -> Spot:
        """Return line and column of a position, which is never before an earlier one."""
        lines = self._text.count("\n", self._counted, position)
        if lines:
            self._line += lines
            self._line_start = self._text.rfind("\n", self._counted, position) + 1
        self._counted = position
        return Spot(self._line, position - self._line_start + 1)
