"""What an owner is shown of a restored file whose head this computer has not seen.

Ids, states, roles, revs and the signer are verified; names and addresses are
as lists show them (threats T21).
"""

from __future__ import annotations

from typing import Any, Final

from strongroom.cli.program.times import format_ms
from strongroom.cli.program.ui import BLOCK_COLUMN, printable
from strongroom.client.account.restoring import RestoredFile
from strongroom.client.change.roles import role_of
from strongroom.client.people.profiles import Listed
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.ids import format_id
from strongroom.wire.entries import Entry
from strongroom.wire.roots import RootDocument

_HEADER: Final = ("CHANGED", "ID", "KIND", "STATE", "ROLE", "CREATED", "NAME", "EMAIL")
_KINDS: Final = {
    PrincipalKind.USER: "user",
    PrincipalKind.GROUP: "group",
    PrincipalKind.SERVICE_ACCOUNT: "service account",
}


def file_json(file: RestoredFile) -> dict[str, Any]:
    """Return what `--format json` shows."""
    return {
        "generation": file.head.generation,
        "rev": file.head.rev,
        "head": file.hash.hex(),
        "created_at": format_ms(file.head.created_ms),
        "signer": format_id(file.head.signer),
        "root_version": file.root.version,
        "newest_root_version": file.newest.version,
        "seen": {"generation": file.seen.generation, "rev": file.seen.rev},
        "seen_before": file.seen_before,
        "contradicts": file.contradicts,
        "newer_access": [
            {"kind": kind, "id": format_id(one)} for one, kind in file.newer_access.items()
        ],
        "principals": [_row(file, one) for one in file.principals],
    }


def file_lines(file: RestoredFile) -> list[str]:
    """Return what people are shown, the newest entries last."""
    signers = [one for one in file.principals if one.entry.principal == file.head.signer]
    names = [text for one in signers for text in (one.name, one.email) if text]
    pairs = {
        "Head": f"{file.head.generation}.{file.head.rev}",
        "Hash": file.hash.hex(),
        "Time": format_ms(file.head.created_ms),
        "Signed by": " ".join([*names, format_id(file.head.signer)]),
        "Root document": f"{file.root.version} (the newest is {file.newest.version})",
        "Seen last": f"{file.seen.generation}.{file.seen.rev}",
        "Seen before it": str(file.seen_before or "none"),
    }
    ordered = sorted(file.principals, key=lambda one: (one.entry.entry_rev, one.entry.index))
    return [
        "The directory in the database is not one that this computer has seen:",
        *(f"{name + ':':<{BLOCK_COLUMN}}{printable(text)}" for name, text in pairs.items()),
        *_table([_row(file, one) for one in ordered]),
        *_warnings(file),
    ]


def _row(file: RestoredFile, listed: Listed) -> dict[str, Any]:
    entry = listed.entry
    was, now = (_role(root, entry) for root in (file.root, file.newest))
    return {
        "id": format_id(entry.principal),
        "kind": _KINDS[PrincipalKind(entry.kind)],
        "state": listed.state,
        "rev": entry.entry_rev,
        "changed": entry.entry_rev > file.seen_before,
        "role": now,
        "role_in_file": was,
        "created_at": format_ms(listed.created_ms) if listed.created_ms else "",
        "name": listed.name,
        "email": listed.email,
    }


def _role(root: RootDocument, entry: Entry) -> str:
    return role_of(root, entry.principal) if entry.kind == PrincipalKind.USER else ""


def _table(rows: list[dict[str, Any]]) -> list[str]:
    cells: list[tuple[str, ...]] = [_HEADER]
    for row in rows:
        role = row["role"]
        if row["role_in_file"] != role:
            role = f"{role} ({row['role_in_file']} in the file)"
        changed = f"{row['rev']}{' *' if row['changed'] else ''}"
        facts = (changed, row["id"], row["kind"], row["state"], role)
        told = (row["created_at"], row["name"], row["email"])
        cells.append(tuple(printable(text) for text in (*facts, *told)))
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADER))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _warnings(file: RestoredFile) -> list[str]:
    lines = [f"* changed since rev {file.seen_before}, the newest one that was seen here before it"]
    if not file.seen_before:
        lines = ["* new: no earlier directory was seen here"]
    if file.contradicts:
        lines.append(f"This computer has seen another directory with rev {file.head.rev}.")
    if file.newer_access:
        lines.append(
            "Access to these is newer than what was seen here, or differs under the same number:"
        )
        lines += [f"  {kind} {format_id(one)}" for one, kind in file.newer_access.items()]
    return lines
