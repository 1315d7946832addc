"""What the command line says of built-in fields beyond the table in `items.templates`."""

from __future__ import annotations

from typing import Final

# Categories whose main password `--generate-password` makes.
GENERATES: Final = frozenset({"Login", "Password"})


def purpose(category: str, field_id: str, field_type: str) -> str | None:
    """Return the JSON `purpose` of a field, for the two that sign in."""
    if field_id == "username" and category == "Login" and field_type == "Text":
        return "USERNAME"
    if field_id == "password" and category in GENERATES and field_type == "Concealed":
        return "PASSWORD"
    return None
