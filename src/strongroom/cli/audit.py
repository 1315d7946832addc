"""`strongroom audit …`: who did what, and proof that nothing of it was changed since."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from strongroom.cli.program.framework import Noun, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.times import json_time, parse_duration
from strongroom.client.runtime import drive
from strongroom.crypto.public.digests import NO_HASH, Hash
from strongroom.errors import InputError

if TYPE_CHECKING:
    from strongroom.client.audit import AuditHead

_HEAD: Final = re.compile(r"(\d{1,15}):([0-9a-f]{64})")
_DURATION: Final = re.compile(r"(\d+[smhdw])+")
_COLUMNS: Final = ("TIME", "ACTOR", "ACTION", "TYPE", "OBJECT", "AUX", "INFO")


@click.group("audit", cls=Noun)
def audit() -> None:
    """The audit log, for owners and administrators.

    It contains IDs, never titles, values or e-mail addresses.
    """


@audit.command("list")
@click.option(
    "--since", metavar="TIME", help="2026-01-31, 2026-01-31T12:00:00Z, or 24h for 24 hours ago."
)
@pass_invocation
def list_rows(invocation: Invocation, *, since: str | None) -> None:
    """List what was done, oldest first."""
    since_ms = 0 if since is None else parse_since(since, now_ms=invocation.clock())
    with invocation.engine() as engine:
        rows = drive(engine.audit.list(since_ms=since_ms))
    output = invocation.output
    if output.wants_json:
        output.json(rows)
        return
    names = ("actor_uuid", "action", "object_type", "object_uuid", "aux_uuid", "aux_info")
    lines = [
        (json_time(row["timestamp"]), *(str(row.get(name, "")) for name in names)) for row in rows
    ]
    output.table(_COLUMNS, lines)


@audit.command("head")
@pass_invocation
def head(invocation: Invocation) -> None:
    """Print the position and hash of the newest row, to be kept in another place."""
    with invocation.engine() as engine:
        end = drive(engine.audit.head())
    _write_head(invocation, end)


@audit.command("verify")
@click.argument("kept", metavar="[POSITION:HASH]", required=False)
@pass_invocation
def verify(invocation: Invocation, *, kept: str | None) -> None:
    """Check the log from its first row on, and against what `audit head` printed earlier.

    Prints the newest position and hash. A failure names the row at which the log
    was changed. Without POSITION:HASH, a log that was rewritten as a whole goes
    unnoticed.
    """
    position, kept_hash = (0, NO_HASH) if kept is None else parse_head(kept)
    with invocation.engine() as engine:
        from strongroom.client.audit import AuditHead

        known = None if kept is None else AuditHead(position, kept_hash)
        end = drive(engine.audit.verify(known))
    _write_head(invocation, end)


def parse_head(text: str) -> tuple[int, Hash]:
    """Read what `audit head` prints.

    Raises:
        InputError: Not a position and a hash.
    """
    found = _HEAD.fullmatch(text.strip())
    if found is None:
        message = "the end of an audit log must be a position, a colon and 64 hexadecimal digits"
        raise InputError(message, hint="write it as `strongroom audit head` prints it")
    return int(found[1]), Hash(bytes.fromhex(found[2]))


def parse_since(text: str, *, now_ms: int) -> int:
    """Read a time, or how long ago it was; return milliseconds.

    Raises:
        InputError: Neither.
    """
    if _DURATION.fullmatch(text):
        return max(0, now_ms - parse_duration(text, flag="--since"))
    try:
        moment = datetime.fromisoformat(text)
        # A time without a zone is UTC, as everything that is printed.
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0, int(moment.timestamp() * 1000))
    except (ValueError, OverflowError):
        message = "the value of --since is not a time"
        hint = "for example 2026-01-31, 2026-01-31T12:00:00Z, 24h"
        raise InputError(message, hint=hint) from None


def _write_head(invocation: Invocation, end: AuditHead) -> None:
    output = invocation.output
    if output.wants_json:
        output.json({"position": end.position, "hash": end.hash.hex()})
    else:
        # An empty log has no hash; zeros stand for it, so that the line can be given back.
        output.line(f"{end.position}:{end.hash.hex() or '0' * 64}")
