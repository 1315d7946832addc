"""Entry point of `strongroom` and `op`.

Decides between the quick path and the whole program, and is the last place
where an error can be caught: nothing leaves as a traceback.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, NoReturn

from strongroom.cli.program.ui import (
    EXIT_FAILURE,
    EXIT_INTERRUPTED,
    abandon_output,
    report,
    report_unexpected,
    write_error,
    write_stderr,
)
from strongroom.cli.read.quick import parse_plain_read, run_plain_read
from strongroom.errors import StrongroomError

# Modules that load make ten thousands of objects, and none of them is ever given up: at Python's
# own threshold of 700, looking for such takes a tenth of `op read`.
_OBJECTS_UNTIL_COLLECTION: Final = 50_000

# Whatever is opened next fails then, be it a module of ours: it is no fault of the program.
_NO_DESCRIPTORS: Final = frozenset({errno.EMFILE, errno.ENFILE})


def program() -> NoReturn:
    """Run the command that this process was started for, and end the process.

    Everything that must be closed is closed by then, so Python does not take
    its modules apart first, which is another tenth of `op read`; but it waits
    for threads, if there are any.
    """
    gc.set_threshold(_OBJECTS_UNTIL_COLLECTION)
    code = main()
    if threading.active_count() > 1:
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # closed, or never opened
            stream.flush()
    os._exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = _is_debug(arguments)
    plain = None if debug else parse_plain_read(arguments)
    if plain is not None:
        reference, newline = plain
        return guarded(
            lambda: run_plain_read(reference, newline=newline, environment=os.environ),
            debug=False,
        )
    return guarded(lambda: _run(arguments), debug=debug)


def guarded(command: Callable[[], int], *, debug: bool) -> int:
    """Run a command; print whatever it raises by the output rules."""
    try:
        return command()
    except StrongroomError as error:
        return report(error)
    except KeyboardInterrupt:
        write_error("interrupted")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        abandon_output()
        return EXIT_FAILURE
    except OSError as error:
        if error.errno not in _NO_DESCRIPTORS:
            return report_unexpected(error, debug=debug)
        write_error("the system gives this process no more open files")
        write_stderr("hint: raise the limit: ulimit -n\n")
        return EXIT_FAILURE
    except Exception as error:  # noqa: BLE001  (the last place: see the module's first lines)
        return report_unexpected(error, debug=debug)


def _run(arguments: list[str]) -> int:
    from strongroom.cli.app import run  # click is not loaded for `op read`

    return run(arguments, environment=os.environ)


def _is_debug(arguments: Sequence[str]) -> bool:
    if "--" in arguments:  # what follows belongs to another command
        arguments = arguments[: arguments.index("--")]
    wanted = os.environ.get("OP_DEBUG", "").lower() in {"1", "t", "true"}
    return wanted or "--debug" in arguments or "--debug=true" in arguments


if __name__ == "__main__":
    program()
