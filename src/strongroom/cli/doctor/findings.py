"""What `strongroom doctor` finds, and how a check that fails is kept from failing the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum

import msgspec

from strongroom.errors import StrongroomError


class Verdict(Enum):
    """What came out of one look at one thing."""

    OK = "OK"
    NOTE = "NOTE"  # worth knowing, and not wrong
    SKIPPED = "SKIPPED"  # it could not be looked at, for a reason that is no fault
    PROBLEM = "PROBLEM"
    FAILED = "FAILED"  # the check itself failed


WRONG = frozenset({Verdict.PROBLEM, Verdict.FAILED})


class Finding(msgspec.Struct, frozen=True):
    """One line of the report."""

    check: str
    state: Verdict
    detail: str = ""
    hint: str = ""

    @property
    def is_wrong(self) -> bool:
        """Whether somebody should do something."""
        return self.state in WRONG

    def as_dict(self) -> dict[str, str]:
        """Return the JSON of the line."""
        row = {"check": self.check, "state": self.state.value, "detail": self.detail}
        return row | ({"hint": self.hint} if self.hint else {})


def look(check: str, work: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """Do one check; where it finds nothing all is well, and where it fails that is a finding."""
    try:
        found = list(work())
    except StrongroomError as error:
        return [Finding(check, Verdict.FAILED, error.message, error.hint or "")]
    except Exception as error:  # noqa: BLE001  (one check must not take the others with it)
        detail = f"internal error ({type(error).__name__}); please report it"
        return [Finding(check, Verdict.FAILED, detail)]
    return found or [Finding(check, Verdict.OK)]
