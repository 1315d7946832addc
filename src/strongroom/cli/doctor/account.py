"""What is wrong in the account: keys that somebody still holds, tokens at their end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from strongroom.cli.doctor.findings import Finding, Verdict
from strongroom.cli.program.dues import container_names
from strongroom.cli.program.times import format_ms
from strongroom.cli.program.ui import printable
from strongroom.client.change.roles import members_without_role
from strongroom.client.runtime import drive
from strongroom.ids import format_id

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.client.people.models import ServiceAccountDict

ROTATION: Final = "rotation"
KEYS: Final = "keys"
ROLES: Final = "roles"
OLD_TOKENS: Final = "old tokens"
TOKENS: Final = "tokens"
SERVICE_ACCOUNT: Final = "serviceAccount"
# Two weeks: time to bring a new token to wherever the old one is used.
EXPIRY_MS: Final = 14 * 24 * 60 * 60 * 1000

_FIX: Final = "somebody who may manage it runs: strongroom doctor --fix"


def rotations(engine: Engine) -> Iterator[Finding]:
    """Find containers that need a new key or a new signature."""
    dues = drive(engine.access.due())
    names = container_names(engine) if dues else {}
    for due in dues:
        where = f'{due.kind} {due.container} "{printable(names.get(due.container, ""))}"'
        yield Finding(ROTATION, Verdict.PROBLEM, f"{where}: {due.reason}", due.hint or _FIX)


def unusable_keys(engine: Engine) -> Iterator[Finding]:
    """Find principals to which nothing can be sealed, who lose access with the next rotation."""
    for principal in drive(engine.access.unusable_keys()):
        yield Finding(
            KEYS,
            Verdict.PROBLEM,
            f"nothing can be sealed to the key of {principal}: it is forged, missing or unusable",
            "remove a user and invite the person again, replace a token, "
            "or restore a damaged database",
        )


def roles(engine: Engine) -> Iterator[Finding]:
    """Find who holds the keys of owners or administrators without the role, after a restore."""
    for group, principal in members_without_role(engine.session):
        name, who = format_id(group), format_id(principal)
        yield Finding(
            ROLES,
            Verdict.PROBLEM,
            f"user {who} is in the group {name} without the role, because a backup was restored",
            f"an owner runs: op group user revoke --group {name} --user {who}",
        )


def old_tokens(engine: Engine, now_ms: int) -> Iterator[Finding]:
    """Find service accounts whose old token should be closed by now, and is not for good."""
    for account in _in_charge_of(engine):
        ends = account["oldTokenEndsAt"]
        if ends is not None and ends <= now_ms:
            token = _token_of(account)
            ended = f"the old token of {token} ended at {format_ms(ends)}"
            detail = f"{ended}, but its keys are still in force"
            yield Finding(
                OLD_TOKENS,
                Verdict.PROBLEM,
                detail,
                "an owner or administrator runs: strongroom doctor --fix",
            )
        elif ends is not None:
            detail = f"the old token of {_token_of(account)} works until {format_ms(ends)}"
            yield Finding(OLD_TOKENS, Verdict.NOTE, detail)


def expiring_tokens(engine: Engine, now_ms: int) -> Iterator[Finding]:
    """Find tokens that end within two weeks, or have ended and were not revoked."""
    for account in _in_charge_of(engine):
        ends = account["expiresAt"]
        if account["state"] != "ACTIVE" or ends is None or ends > now_ms + EXPIRY_MS:
            continue
        if ends <= now_ms:
            detail = f"the token of {_token_of(account)} ended at {format_ms(ends)}"
            hint = "revoke the service account, so that its vaults get new keys"
        else:
            detail = f"the token of {_token_of(account)} ends at {format_ms(ends)}"
            hint = "create a new service account and use its token instead of the old one"
        yield Finding(TOKENS, Verdict.PROBLEM, detail, hint)


def fix(engine: Engine) -> list[dict[str, Any]]:
    """End the keys of old tokens whose time has come, and renew what is due; tell what was done."""
    names = {one["id"]: one["name"] for one in drive(engine.service_accounts.list())}
    ended = drive(engine.service_accounts.finish_rotations())
    done = [
        {"kind": SERVICE_ACCOUNT, "id": one, "name": names.get(one, ""), "fixed": True}
        for one in ended
    ]
    dues = drive(engine.access.settle())
    titles = container_names(engine) if dues else {}
    return done + [
        {
            "kind": due.kind,
            "id": due.container,
            "name": titles.get(due.container, ""),
            "fixed": due.done,
        }
        | ({"hint": due.hint} if due.hint else {})
        for due in dues
    ]


def _in_charge_of(engine: Engine) -> list[ServiceAccountDict]:
    """Return the service accounts, of which one that looks itself can only see to itself."""
    identity, rows = engine.identity(), drive(engine.service_accounts.list())
    if identity["userType"] != "SERVICE_ACCOUNT":
        return rows
    return [row for row in rows if row["id"] == identity["principalId"]]


def _token_of(account: ServiceAccountDict) -> str:
    return f'{account["id"]} "{printable(account["name"])}"'
