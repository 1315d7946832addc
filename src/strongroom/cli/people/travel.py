"""Travel mode, which keeps vaults away from devices; scripts may say that it is off."""

from __future__ import annotations

from typing import Final

import click

from strongroom.errors import InputError


def _refuse_on(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001  (what click calls)
    if value == "on":
        message = "there is no travel mode, so it cannot be turned on"
        raise InputError(message, hint="sign out, and run `op account forget`, before you travel")
    return value


TRAVEL_MODE: Final = click.option(
    "--travel-mode",
    type=click.Choice(("on", "off"), case_sensitive=False),
    callback=_refuse_on,
    metavar="on|off",
    help="Off is accepted and changes nothing; there is no travel mode.",
)
