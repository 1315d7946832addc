"""`strongroom doctor`: what is wrong with this account, this computer, this interpreter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from strongroom.addresses import parse_file_address
from strongroom.cli.backups.backup import find_database
from strongroom.cli.doctor.account import (
    KEYS,
    OLD_TOKENS,
    ROLES,
    ROTATION,
    SERVICE_ACCOUNT,
    TOKENS,
    expiring_tokens,
    fix,
    old_tokens,
    roles,
    rotations,
    unusable_keys,
)
from strongroom.cli.doctor.files import DATABASE, FILES, databases, listing, local_files
from strongroom.cli.doctor.findings import Finding, Verdict, look
from strongroom.cli.doctor.python import PACKAGE, clash, versions
from strongroom.cli.people.voids import telling_voids
from strongroom.cli.program.framework import command, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.ui import EXIT_FAILURE, printable
from strongroom.errors import NotFoundError, SignedOutError, StrongroomError
from strongroom.home.paths import DEVICE_PREFIX

if TYPE_CHECKING:
    from strongroom.client.engine import Engine

_ACCOUNT: Final = "account"
_FIX: Final = "fix"


@command("doctor")
@flag("--fix", help="End old tokens that have expired, and renew keys that are due.")
@click.pass_context
@pass_invocation
def doctor(invocation: Invocation, ctx: click.Context, *, fix: bool) -> None:
    """Look for problems, and say what to do about them.

    It finds keys that somebody who left may still have, old tokens that have
    expired, tokens that end within 14 days, files that are open to others, and
    another `onepassword` package in this interpreter. The exit code is 0 if nothing
    is wrong, otherwise 1. A check that cannot be done is reported too.

    --fix renews what you may manage, and leaves the rest to those who may. It never
    touches files and packages.
    """
    fixed: list[dict[str, Any]] = []
    findings = [
        *_look_at_account(invocation, fixed, wanted=fix),
        *look(FILES, partial(_files, invocation)),
        *look(DATABASE, lambda: databases(_databases(invocation))),
        *look(PACKAGE, clash),
    ]
    _write_report(invocation, findings, fixed)
    if any(one.is_wrong for one in findings):
        ctx.exit(EXIT_FAILURE)


def _look_at_account(
    invocation: Invocation, fixed: list[dict[str, Any]], *, wanted: bool
) -> list[Finding]:
    try:
        with invocation.engine() as engine:
            return _checks(invocation, engine, fixed, wanted=wanted)
    except SignedOutError:
        detail = "not checked, because nobody is signed in"
        # What was to be fixed and could not be looked at is not well.
        return [
            Finding(_ACCOUNT, Verdict.FAILED if wanted else Verdict.SKIPPED, detail, "op signin")
        ]
    except StrongroomError as error:
        return [Finding(_ACCOUNT, Verdict.FAILED, error.message, error.hint or "")]


def _checks(
    invocation: Invocation, engine: Engine, fixed: list[dict[str, Any]], *, wanted: bool
) -> list[Finding]:
    now = invocation.clock()
    found: list[Finding] = []
    if wanted:
        with telling_voids(invocation, engine):
            found += [one for one in look(_FIX, partial(_fix, engine, fixed)) if one.is_wrong]
    found += look(ROTATION, partial(rotations, engine))
    found += look(KEYS, partial(unusable_keys, engine))
    found += look(ROLES, partial(roles, engine))
    found += look(OLD_TOKENS, partial(old_tokens, engine, now))
    return found + look(TOKENS, partial(expiring_tokens, engine, now))


def _fix(engine: Engine, fixed: list[dict[str, Any]]) -> list[Finding]:
    fixed += fix(engine)
    return []


def _files(invocation: Invocation) -> Iterator[Finding]:
    """Look at the folder of local files, and the one in which a token's programs remember."""
    state, places = invocation.access.state_folder(), invocation.access.places
    for folder in (places.home, *([] if state is None else [state])):
        yield from local_files(folder.path)
    if places.is_looked_at and any(places.home.path.glob(f"{DEVICE_PREFIX}*")):
        yield from listing(places.listing)


def _databases(invocation: Invocation) -> list[Path]:
    """Return the files of the account at hand and of every account on this computer."""
    from strongroom.home.device import load_devices

    urls: list[str] = []
    with suppress(NotFoundError):  # no account on this computer
        urls.append(find_database(invocation, None)[0])
    if invocation.access.token() is None:  # a token has no local file
        urls += [device.url for device in load_devices(invocation.home)]
    return [parse_file_address(url) for url in dict.fromkeys(urls)]


def _write_report(
    invocation: Invocation, findings: list[Finding], fixed: list[dict[str, Any]]
) -> None:
    output = invocation.output
    known = versions()
    if output.wants_json:
        output.json(
            {
                "ok": not any(one.is_wrong for one in findings),
                "versions": known,
                "findings": [one.as_dict() for one in findings],
                "fixed": fixed,
            }
        )
        return
    rows = [
        (one.check, one.state.value, f"{one.detail}; {one.hint}" if one.hint else one.detail)
        for one in findings
    ]
    output.table(("CHECK", "STATE", "DETAIL"), rows)
    for renewed in fixed:
        word = "Renewed" if renewed["fixed"] else "Left to somebody who may manage it"
        kind = "service account" if renewed["kind"] == SERVICE_ACCOUNT else renewed["kind"]
        hint = f" ({renewed['hint']})" if renewed.get("hint") else ""
        output.line(f"{word}: {kind} {renewed['id']} {printable(renewed['name'])}".rstrip() + hint)
    output.line("Versions: " + ", ".join(f"{name} {text}" for name, text in known.items()))
