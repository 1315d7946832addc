"""Core dumps: files with all that a process held when it crashed, secrets among it."""

from __future__ import annotations

import resource
from typing import Final, NewType

CoreLimit = NewType("CoreLimit", int)
# For who changes nothing: the system knows no such number.
AS_IT_IS: Final = CoreLimit(-2)


def forbid_core_dumps() -> CoreLimit:
    """Let this process leave no core dump; return the limit that it had, for programs it starts.

    Where the system hands dumps to a program (`core_pattern`, core(5)), that program decides;
    systemd's keeps none of a process with this limit.
    """
    inherited, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    return CoreLimit(inherited)


def set_core_limit(limit: CoreLimit) -> None:
    """Give this process, which is about to become another program, its limit of core dumps."""
    if limit != AS_IT_IS:
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (limit, most))
