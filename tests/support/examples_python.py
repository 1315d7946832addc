"""A child that runs pieces of Python one after another, as if they were one program.

Each line of standard input is a request, each line of standard output its answer.
"""

import ast
import asyncio
import contextlib
import inspect
import io
import json
import os
import sys
import traceback


def main() -> None:
    """Serve until standard input ends."""
    names = {"__name__": "__main__"}
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            request = json.loads(line)
            os.environ.clear()
            os.environ.update(request["environment"])
            os.chdir(request["folder"])
            print(json.dumps(_answer(request["text"], names, runner)), flush=True)


def _answer(text: str, names: dict[str, object], runner: asyncio.Runner) -> dict[str, str]:
    shown, error = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(shown):
            code = compile(text, "example", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            result = eval(code, names)
            if code.co_flags & inspect.CO_COROUTINE:
                runner.run(result)
    except BaseException:  # noqa: BLE001  (also SystemExit is an answer)
        error = traceback.format_exc()
    return {"out": shown.getvalue(), "error": error}


main()
