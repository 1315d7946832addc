"""Calls on Environments."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.environments.models import VariableDict


class VariablesDict(TypedDict):
    """All variables of an Environment, in order."""

    variables: list[VariableDict]


async def get_variables(engine: Engine, environment_id: str) -> VariablesDict:
    """Return all variables of an Environment with their values."""
    return {"variables": await engine.environments.get_variables(environment_id)}
