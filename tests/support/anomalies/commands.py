"""The use cases of a computer's local files for the anomaly loop: whole commands."""

from __future__ import annotations

from typing import Any, Final

from support.anomalies.computer import NEW, OLD, Computer
from support.anomalies.loop import Case

_MINUTE_MS: Final = 60 * 1000


def _op(*arguments: str, given: str = "") -> Any:
    def run(scene: Computer, _held: Any) -> str:
        return scene.op(*arguments, given=given)

    return run


def _later(scene: Computer) -> None:
    """A use of the session is noted after a minute."""
    scene.now_ms += _MINUTE_MS


def _signed_out(scene: Computer) -> None:
    scene.session = ""


_SECOND = (
    *("account", "create", "--url", "file://HERE/second.db", "--name", "Second"),
    *("--email", "ana@example.org", "--password-stdin", "--kit", "HERE/kit2.txt"),
)

COMMANDS: Final = {
    case.name: case
    for case in (
        Case("sign in", _op("signin", "--raw", given=OLD), _signed_out),
        Case("sign in again", _op("signin", "--raw"), _later),
        Case("use a session", _op("vault", "list"), _later),
        Case("sign out", _op("signout")),
        Case(
            "forget",
            _op("signout", "--forget"),
            between="the device file goes last, so that the rest can be forgotten again",
        ),
        Case(
            "create an account",
            _op(*_SECOND, given=OLD),
            between="an account without its device file or Kit is empty; it is made again",
        ),
        Case("write a kit", _op("account", "kit", "HERE/kit3.txt")),
        Case(
            "change a password",
            _op("account", "password", "--password-stdin", given=f"{OLD}\n{NEW}"),
        ),
        Case(
            "change a Secret Key",
            _op("account", "new-secret-key", "--kit", "HERE/kit4.txt", given=OLD),
            between="both Secret Keys are kept until it is known which one opens the account",
        ),
        Case(
            "create an item",
            _op("item", "create", "--vault", "work", "--category", "login", "--title", "new"),
        ),
        Case("read into a file", _op("read", "op://work/one/a", "--out-file", "HERE/out.txt")),
        Case(
            "write a document",
            _op("document", "get", "paper", "--vault", "work", "--out-file", "HERE/out.txt"),
        ),
        Case(
            "replace a file",
            _op(
                "document",
                "get",
                "paper",
                "--vault",
                "work",
                "--out-file",
                "HERE/old.txt",
                "--force",
            ),
        ),
        Case("back up", _op("backup", "HERE/second-backup.db")),
        Case("replace a backup", _op("backup", "HERE/backup.db", "--force")),
        Case("restore", _op("restore", "HERE/backup.db", "--force")),
    )
}
