"""What `op read` says of a file besides its content: `?attribute=name` and its likes."""

from __future__ import annotations

from mimetypes import MimeTypes
from typing import Final

from strongroom.client.secret_files import FileTarget
from strongroom.errors import ResolveError
from strongroom.items.files import FileRow

# What no name tells more of.
_ANY_TYPE: Final = "application/octet-stream"


def need_file(found: str | FileTarget, attribute: str) -> FileTarget:
    """Return the file at which a reference ends.

    Raises:
        ResolveError: It ends at a field, which has no such attribute.
    """
    if isinstance(found, str):
        message = f"the reference names a field, which has no {attribute}"
        hint = "use ?attribute=value or ?attribute=otp"
        raise ResolveError(message, hint=hint)
    return found


def read_attribute(file: FileRow, attribute: str) -> str:
    """Return an attribute of a file as text: `type`, `size`, `id` or `name`."""
    if attribute == "type":
        # The names that Python knows, and not those of the computer at hand.
        return MimeTypes(()).guess_type(file.name)[0] or _ANY_TYPE
    return str(getattr(file, attribute))
