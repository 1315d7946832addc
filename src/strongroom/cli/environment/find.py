"""Finding the environment that the user names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from strongroom.cli.program.lookup import ambiguous
from strongroom.cli.program.refusals import by_manager, permission_to
from strongroom.cli.program.ui import printable
from strongroom.client.runtime import drive
from strongroom.errors import AmbiguousError, NameTakenError, NotFoundError

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.environments.models import EnvironmentDict


TO_READ: Final = by_manager("environment", word="read_items")
TO_WRITE: Final = by_manager("environment", word="write_items")


def find_environment(engine: Engine, name: str) -> EnvironmentDict:
    """Return the environment of an id or name.

    Raises:
        NotFoundError: No such environment that the caller may see.
        AmbiguousError: Several have this name.
    """
    shown = printable(name)
    try:
        return drive(engine.environments.find(name))
    except NotFoundError:
        message = f'environment "{shown}" not found. Specify the environment with its ID or name.'
        raise NotFoundError(message) from None
    except AmbiguousError as error:
        raise ambiguous("environment", name=name, error=error) from None


@contextmanager
def name_is_free(name: str) -> Iterator[None]:
    """Say what to do where another environment has the name that was typed."""
    try:
        yield
    except NameTakenError as error:
        message = f'there is already an environment "{printable(name)}"'
        hint = "change it with `op environment edit`, or choose another name"
        raise NameTakenError(message, candidates=error.candidates, hint=hint) from None


def named_environment(environment: EnvironmentDict) -> str:
    """Name an environment for an error."""
    return f'the environment "{printable(environment["title"])}"'


def open_environment(engine: Engine, name: str, *, version: int | None = None) -> EnvironmentDict:
    """Return an environment with its variables, or with those of one of its versions.

    Raises:
        NotFoundError: No such environment or version.
        ForbiddenError: Its variables are not for the caller.
    """
    environment = find_environment(engine, name)
    with permission_to(engine, f"read {named_environment(environment)}", TO_READ):
        if version is not None:
            with version_of(environment, version):
                return drive(engine.environments.get_version(environment["id"], version))
        return drive(engine.environments.get(environment["id"], variables=True))


@contextmanager
def version_of(environment: EnvironmentDict, version: int) -> Iterator[None]:
    """Say which version is not there, in terms of what was typed."""
    try:
        yield
    except NotFoundError:
        message = f"{named_environment(environment)} has no version {version} that is kept"
        raise NotFoundError(message, hint="see `op environment history`") from None
