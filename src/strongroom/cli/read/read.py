"""`op read`: one secret by its reference, to standard output or into a file."""

from __future__ import annotations

import click

from strongroom.cli.program.contents import deliver
from strongroom.cli.program.files import take_out_file, write_secret_file
from strongroom.cli.program.framework import command, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.read.quick import opened_reference


@command("read")
@click.argument("reference")
@click.option("-o", "--out-file", metavar="PATH", help="Write to a file; print its path.")
@click.option(
    "--file-mode", metavar="MODE", default="0600", help="Mode of the file, in octal digits."
)
@flag("-f", "--force", help="Overwrite a file without asking.")
@flag("-n", "--no-newline", help="Print no newline after the value.")
@pass_invocation
def read(
    invocation: Invocation,
    *,
    reference: str,
    out_file: str | None,
    file_mode: str,
    force: bool,
    no_newline: bool,
) -> None:
    """Print the secret of a reference, op://vault/item/[section/]field, or a file's content."""
    target = take_out_file(path=out_file, mode=file_mode, force=force)
    with opened_reference(invocation.access, reference) as found:
        if not isinstance(found, str):
            deliver(found, invocation.output, target)
            return
    text = found if no_newline else f"{found}\n"
    if target is None:
        invocation.output.write(text)
        return
    write_secret_file(target, text.encode())
    invocation.output.line(str(target.path))
