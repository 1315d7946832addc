"""References that end at a file: found in the details, read as text.

Only a text can be a secret's value, so what is no text, or too long for one,
is refused; programs read such a file with `files`.
"""

from __future__ import annotations

from typing import Final

import msgspec

from strongroom.client.view.objects import Verified
from strongroom.client.view.session import Session
from strongroom.errors import ResolveError, TooLargeError
from strongroom.ids import format_id
from strongroom.items.attributes import file_attribute
from strongroom.items.files import FileRow, find_file, read_files
from strongroom.items.models import DetailsView
from strongroom.references import Reference

# As much as the SDK passes on in one message; a longer text is no secret but a file.
TEXT_BYTES_MAX: Final = 50 * 1024 * 1024


class FileTarget(msgspec.Struct, frozen=True):
    """The file at which a reference ends, and the item that has it."""

    vault_id: str
    item_id: str
    file: FileRow


def find_target(
    error: ResolveError, reference: Reference, details: DetailsView, raw: bytes, verified: Verified
) -> str | FileTarget:
    """Return the file that a reference names, or its attribute, where no field has its name.

    Args:
        error: Why no field was found; it stands if there is no such file either.
        raw: The JSON of the details.

    Raises:
        ResolveError: As `error`, or several files, or a query that no file has.
    """
    # Several fields, or no such section, is the answer; only without a field it may be a file.
    if error.tag != "fieldNotFound":
        raise error
    file = find_file(details, read_files(raw), section=reference.section, asked=reference.field)
    if reference.attribute in {"otp", "totp"}:
        message = "the reference names a file, not a one-time password"
        raise ResolveError(message, tag="incompatibleTOTPQueryParameterField")
    if reference.ssh_format is not None:
        message = "ssh-format needs the private key of an SSH key item"
        raise ResolveError(message, tag="incompatibleSshKeyQueryParameterField")
    if reference.attribute not in {None, "content"}:
        return file_attribute(file, reference.attribute)
    revision = verified.revision
    return FileTarget(format_id(revision.container), format_id(revision.object), file)


async def read_text(session: Session, target: FileTarget) -> str:
    """Return the content of a file as text.

    Raises:
        ResolveError: Not UTF-8, with a NUL, or over 50 MiB (`unsupportedFileFormat`).
        IntegrityError: And its kinds: the content is not to be trusted.
    """
    from strongroom.client.items.files import Files
    from strongroom.client.items.items import Items

    files = Files(session, Items(session))
    named = (target.vault_id, target.item_id, target.file.id)
    try:
        raw = await files.read(*named, bytes_max=TEXT_BYTES_MAX)
    except TooLargeError as error:
        raise ResolveError(error.message, tag="unsupportedFileFormat", hint=error.hint) from None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        # Without its cause, which would hold the content.
        message = "the reference names a file that is not text"
        hint = "read it as a file: `op read`, or items.files.read"
        raise ResolveError(message, tag="unsupportedFileFormat", hint=hint)
    return text
