"""What a share link shows: a copy of one revision of an item.

Source: specs/formats.md section 12.
"""

from __future__ import annotations

from typing import Any, Final

_SHOWN: Final = ("title", "category", "sections", "notes", "websites")


def copy_item(item: dict[str, Any], *, one_time_seeds: bool = False) -> dict[str, Any]:
    """Return the document of a link.

    Neither ids nor times of the item are in it, no tags, no history and no files.

    Args:
        one_time_seeds: Whether seeds of one-time passwords are shown, with
            which whoever opens the link makes codes for ever.
    """
    fields = [
        {key: value for key, value in field.items() if key != "details" or _is_stored(field)}
        for field in item.get("fields", [])
        if one_time_seeds or field.get("fieldType") != "Totp"
    ]
    return {key: item[key] for key in _SHOWN if key in item} | {"fields": fields}


def _is_stored(field: dict[str, Any]) -> bool:
    """Codes and the attributes of SSH keys are computed; an address is stored in its details."""
    return field.get("fieldType") not in ("Totp", "SshKey")
