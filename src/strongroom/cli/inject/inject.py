"""`op inject`: a template with secret references in, the filled text out.

Everything that is wrong with a template is told at once, by line and column, and then nothing is
written. A template without a newline at its end gets one on standard output, as in `op`: it is the
template that counts and not a value at its end, so that programs can cut it off again. A file gets
the text as it is.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from strongroom.cli.inject.faults import Failure, refuse
from strongroom.cli.program.files import read_limited, take_out_file, write_secret_file
from strongroom.cli.program.framework import command, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.stdin import NAMES, Input
from strongroom.cli.read.errors import explain_read
from strongroom.client.runtime import drive
from strongroom.client.secrets import Resolved
from strongroom.delivery.templates import Form, fill_variables, parse_template
from strongroom.errors import InputError, StrongroomError
from strongroom.references import parse_command_reference

# What `op` leaves out of what it writes to standard output, and a terminal would obey.
_OBEYED: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


@command("inject")
@click.option(
    "-i", "--in-file", metavar="FILE", help="The template; if not said, or -, standard input."
)
@click.option("-o", "--out-file", metavar="PATH", help="Write to a file; print its path.")
@click.option(
    "--file-mode", metavar="MODE", default="0600", help="Mode of the file, in octal digits."
)
@flag("-f", "--force", help="Overwrite a file without asking.")
@pass_invocation
def inject(
    invocation: Invocation,
    *,
    in_file: str | None,
    out_file: str | None,
    file_mode: str,
    force: bool,
) -> None:
    """Fill in the secret references and variables of a template.

    A reference is op://vault/item/[section/]field, or the same as {{ op://… }}; a variable
    $NAME, ${NAME} or ${NAME:-default}. If one of them leads nowhere, nothing is written.
    """
    target = take_out_file(path=out_file, mode=file_mode, force=force)
    template = _read_template(invocation.input, in_file)
    form = fill_variables(parse_template(template), invocation.environment)
    text = _filled(invocation, form)
    if target is not None:
        write_secret_file(target, text.encode())
        invocation.output.line(str(target.path))
        return
    if sys.stdout is not None and sys.stdout.isatty():
        text = _OBEYED.sub("", text)
    invocation.output.write(text if template.endswith("\n") else f"{text}\n")


def _read_template(source: Input, path: str | None) -> str:
    """Return the text of a template.

    Raises:
        InputError: There is none, or it is no text.
        LocalFileError: The file cannot be read.
        TooLargeError: It has more than 16 MiB.
    """
    if path is not None and path not in NAMES:
        return _text_of(read_limited(Path(path), what="the template"), f"the template {path}")
    raw = source.take("data") if source.is_usable else b""
    if not raw:
        message = "expected data on stdin but none found"
        raise InputError(message, hint="pipe a template in, or name one with --in-file")
    return _text_of(raw, "the template on standard input")


def _text_of(raw: bytes, what: str) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        # The exception would carry the bytes.
        message = f"{what} is not UTF-8, from byte {error.start} on"
        raise InputError(message, hint="convert it first, for example with iconv") from None
    if "\0" in text:
        message = f"{what} is no text: it has a NUL in it"
        raise InputError(message, hint="a template is UTF-8 text; convert it first")
    return text


def _filled(invocation: Invocation, form: Form) -> str:
    """Return the filled text; all references are resolved in one trip.

    Raises:
        StrongroomError: What is wrong with the template and with its references, all of it.
    """
    references = form.references()
    failures = [
        Failure(fault.spot, InputError(fault.reason, hint=fault.hint)) for fault in form.faults
    ]
    if not references:
        refuse(failures)
        return form.fill({})
    with invocation.engine() as engine:
        found = drive(engine.secrets.resolve_all(references, parse=parse_command_reference))
        wrong = {
            reference: explain_read(error, engine, reference)
            for reference, error in found.items()
            if isinstance(error, StrongroomError)
        }
        failures += [
            Failure(slot.spot, wrong[slot.reference])
            for slot in form.slots
            if slot.reference in wrong
        ]
        refuse(failures)
    return form.fill(_values(found))


def _values(found: Mapping[str, Resolved | StrongroomError]) -> dict[str, str]:
    # What is filled in is what the template asks for: the values leave here.
    return {text: one.secret for text, one in found.items() if isinstance(one, Resolved)}
