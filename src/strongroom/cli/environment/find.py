"""Finding the environment that the user names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.cli.program.lookup import ambiguous
from strongroom.cli.program.ui import printable
from strongroom.client.runtime import drive
from strongroom.errors import AmbiguousError, NotFoundError

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.environments.models import EnvironmentDict


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


def named_environment(environment: EnvironmentDict) -> str:
    """Name an environment for an error."""
    return f'the environment "{printable(environment["title"])}"'
