"""The variables of a program: from where they come, and what their references lead to.

A later source wins: the inherited environment, the `.env` files in their order, then the
Environments in theirs. Only references of variables that win are resolved, all in one trip.
In inherited variables and in Environments `$NAME` is expanded within references, where it has
no other meaning, and nowhere else; `env_files` says what it means in files.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom.client.runtime import drive
from strongroom.delivery.embedded import Pieces, fill, references_of, split_value
from strongroom.delivery.env_files import expand_references, parse_env_file
from strongroom.delivery.masking import spellings
from strongroom.errors import InputError, StrongroomError
from strongroom.opening.credentials import SESSION_VARIABLE, TOKEN_VARIABLE
from strongroom.references import parse_command_reference
from strongroom.secret import veil

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.environments.models import VariableDict

_CREDENTIALS: Final = frozenset({TOKEN_VARIABLE, SESSION_VARIABLE, "OP_CONNECT_TOKEN"})
# Functions that bash exports: code, in which a reference is no value.
_FUNCTION: Final = "BASH_FUNC_"


class EnvText(NamedTuple):
    """The text of a `.env` file, and what to call it in errors."""

    text: str
    what: str


class VariableFailure(NamedTuple):
    """Why a variable cannot be given to the program.

    Attributes:
        reference: The one that leads nowhere, or `None` where it is not that.
    """

    variable: str
    reference: str | None
    error: StrongroomError


class NotReadyError(Exception):
    """Some variables cannot be given to the program; the text names none of them."""

    def __init__(self, failures: Sequence[VariableFailure]) -> None:
        super().__init__(f"{len(failures)} failures")
        self.failures = tuple(failures)


class Prepared:
    """What the program is given, and what is concealed in its output.

    Attributes:
        variables: Its whole environment, as bytes.
        secrets: Every spelling of every secret in it.
    """

    __rich_repr__ = veil

    def __init__(self, variables: Mapping[bytes, bytes], secrets: Iterable[bytes]) -> None:
        self.variables = dict(variables)
        self.secrets = frozenset(secrets)

    def __repr__(self) -> str:
        return f"Prepared(variables={len(self.variables)}, secrets={len(self.secrets)})"


class _Variable(NamedTuple):
    """A variable before its references are resolved."""

    pieces: Pieces
    masked: bool = False

    def __repr__(self) -> str:
        return "_Variable([secret])"


class Collected:
    """Variables by name, as far as they are known without resolving anything."""

    __rich_repr__ = veil

    def __init__(
        self,
        inherited: Mapping[str, str],
        *,
        keep_token: bool,
        only: Container[str] | None = None,
    ) -> None:
        """Begin with what was inherited, without the credentials of this command.

        Args:
            only: The names of those that are given on, if not all are; the others only say what
                `$NAME` means.
        """
        self._texts = {
            name: text for name, text in inherited.items() if keep_token or not is_credential(name)
        }
        self._variables: dict[str, _Variable] = {}
        self._failures: list[VariableFailure] = []
        for name, text in self._texts.items():
            # One without a name is read by no program, and Python starts none with it.
            if name and (only is None or name in only):
                self._set(name, text=text, expands=True)

    def __repr__(self) -> str:
        return f"Collected(variables={len(self._variables)})"

    def add_env_file(self, source: EnvText) -> None:
        """Add the variables of a `.env` file.

        Raises:
            InputError: A line that cannot be read, told by its number.
        """
        for name, value in parse_env_file(source.text, what=source.what, environment=self._texts):
            self._set(name, text=value)
            self._texts[name] = value

    def add_environment(self, variables: Iterable[VariableDict]) -> None:
        """Add the variables of an Environment."""
        for row in variables:
            self._set(row["name"], text=row["value"], expands=True, masked=row["masked"])

    @property
    def has_references(self) -> bool:
        """Whether there is anything to resolve."""
        return any(references_of(one.pieces) for one in self._variables.values())

    def resolve(self, engine: Engine | None) -> Prepared:
        """Resolve every reference, all at once.

        Args:
            engine: As whom; `None` where nothing has references.

        Raises:
            NotReadyError: With every variable that cannot be given to the program.
            TooLargeError: More than 10,000 references.
            StrongroomError: The home was not reached, or refuses the credential.
        """
        values = self._resolve_references(engine)
        ready: dict[bytes, bytes] = {}
        secrets: set[bytes] = set()
        for name, variable in self._variables.items():
            named = references_of(variable.pieces)
            if any(reference not in values for reference in named):
                continue
            text = fill(variable.pieces, values)
            if "\0" in text:
                message = "its value has a NUL, which no variable can hold"
                self._failures.append(VariableFailure(name, None, InputError(message)))
                continue
            ready[os.fsencode(name)] = _encode(text)
            secrets.update(*(spellings(values[reference]) for reference in named))
            if variable.masked:
                secrets |= spellings(text)
        if self._failures:
            raise NotReadyError(self._failures)
        return Prepared(ready, secrets)

    def _set(self, name: str, *, text: str, expands: bool = False, masked: bool = False) -> None:
        self._failures = [one for one in self._failures if one.variable != name]
        if name.startswith(_FUNCTION):
            self._variables[name] = _Variable((text,))
            return
        try:
            expanded = expand_references(text, self._texts) if expands else text
        except InputError as error:
            self._failures.append(VariableFailure(name, None, error))
            expanded = ""
        self._variables[name] = _Variable(split_value(expanded), masked)

    def _resolve_references(self, engine: Engine | None) -> dict[str, str]:
        """Return the values that there are; what has none becomes failures."""
        places = [
            (name, reference)
            for name, variable in self._variables.items()
            for reference in references_of(variable.pieces)
        ]
        if engine is None or not places:
            assert not places, "references, and nobody to resolve them"
            return {}
        wanted = list(dict.fromkeys(reference for _, reference in places))
        outcomes = drive(engine.secrets.resolve_all(wanted, parse=parse_command_reference))
        values: dict[str, str] = {}
        for name, reference in places:
            outcome = outcomes[reference]
            if isinstance(outcome, StrongroomError):
                self._failures.append(VariableFailure(name, reference, outcome))
            else:
                values[reference] = outcome.secret
        return values


def is_credential(name: str) -> bool:
    """Return whether a variable is a credential of this command, which no child needs."""
    return name in _CREDENTIALS or name.startswith(f"{SESSION_VARIABLE}_")


def _encode(text: str) -> bytes:
    """Return a value as bytes; what was inherited is what it was, byte for byte."""
    try:
        return os.fsencode(text)
    except UnicodeEncodeError:
        # A locale without UTF-8; secrets are UTF-8 whatever the locale.
        return text.encode("utf-8", "surrogateescape")
