"""Between the SDK's vault and the overview of a vault's own object.

Source: specs/formats.md section 9. The three counters are the service's and
are not authenticated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from strongroom.clock import format_time
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.documents import text_of
from strongroom.ids import format_id
from strongroom.wire.access import AccessRecord, Subtype
from strongroom.wire.messages import ContainerState

if TYPE_CHECKING:
    from strongroom.vaults.models import VaultAccessDict, VaultDict

_TYPES: Final = {
    Subtype.USER_CREATED: "userCreated",
    Subtype.PERSONAL: "personal",
    Subtype.EVERYONE: "everyone",
    Subtype.WITHOUT_ADMINISTRATORS: "userCreated",
}


def join_vault(state: ContainerState, record: AccessRecord, overview: dict[str, Any]) -> VaultDict:
    """Return the SDK's vault of a container and its opened overview, and its icon if it has one."""
    vault: VaultDict = {
        "id": format_id(state.id),
        "title": text_of(overview, "title"),
        "description": text_of(overview, "description"),
        "vaultType": _TYPES[Subtype(record.subtype)],
        "activeItemCount": state.active_items,
        "contentVersion": state.content_version,
        "attributeVersion": state.attribute_version,
        "createdAt": format_time(state.created_ms),
        "updatedAt": format_time(state.updated_ms),
    }
    if icon := text_of(overview, "icon"):
        vault["icon"] = icon
    return vault


def list_access(record: AccessRecord) -> list[VaultAccessDict]:
    """Return the SDK's access list of a vault, one row per principal."""
    rows = {row.principal: row for row in record.accessors}
    return [
        {
            "vaultUuid": format_id(record.container),
            "accessorType": "group" if row.kind == PrincipalKind.GROUP else "user",
            "accessorUuid": format_id(row.principal),
            "permissions": row.permissions,
        }
        for row in rows.values()
    ]
