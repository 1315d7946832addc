"""One run of the program: its flags, environment, input and output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Final

from strongroom.cli.program.stdin import Input
from strongroom.cli.program.times import TimeStyle
from strongroom.cli.program.ui import ENCODINGS, Output, write_debug
from strongroom.clock import Clock, system_clock
from strongroom.delivery.dumps import AS_IT_IS, CoreLimit
from strongroom.errors import InputError, StrongroomError
from strongroom.opening.credentials import TOKEN_VARIABLE, CredentialSource
from strongroom.opening.engines import open_engine
from strongroom.secret import Secret

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.home.files import Folder

FORMATS: Final = ("human-readable", "json")
_TRUE: Final = frozenset({"1", "t", "true"})


class Invocation:
    """What a command needs of the world outside; global flags arrive while click parses."""

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        clock: Clock = system_clock,
        standard_input: Callable[[], Input] = Input,
        core_limit: CoreLimit = AS_IT_IS,
    ) -> None:
        """Take what the process has.

        Args:
            core_limit: What a program that the command starts has for its core dumps.
        """
        self.environment = environment
        self.core_limit = core_limit
        self.clock = clock
        self.flags: dict[str, object] = {}
        # What `--format` takes for this command besides what it takes for all.
        self.more_formats: tuple[str, ...] = ()
        self._standard_input = standard_input

    @cached_property
    def input(self) -> Input:
        """Standard input, which can be taken once."""
        return self._standard_input()

    @cached_property
    def output(self) -> Output:
        """Standard output, in the format and encoding that were asked for.

        Raises:
            InputError: An unknown format or encoding.
        """
        chosen = str(self.flags.get("format") or self.environment.get("OP_FORMAT") or FORMATS[0])
        formats = (*FORMATS, *self.more_formats)
        if chosen.lower() not in formats:
            message = f"unknown output format {chosen!r}"
            raise InputError(message, hint=f"use {', '.join(formats[:-1])} or {formats[-1]}")
        encoding = str(self.flags.get("encoding") or "utf-8").lower()
        if encoding not in ENCODINGS:
            message = f"unknown encoding {encoding!r}"
            raise InputError(message, hint=f"use one of: {', '.join(ENCODINGS)}")
        return Output(encoding=ENCODINGS[encoding], format=chosen.lower())

    @property
    def access(self) -> CredentialSource:
        """As whom the command acts."""
        session = self.flags.get("session")
        return CredentialSource(
            self.environment,
            self.clock,
            account=self._given("account"),
            session=None if session is None else Secret(str(session)),
            config=self._given("config"),
            tell=write_debug if self.is_debugging else None,
        )

    @property
    def is_debugging(self) -> bool:
        """Whether somebody wants to see what the program does."""
        return bool(self.flags.get("debug")) or self.is_set("OP_DEBUG")

    def tell_start(self, command: str) -> None:
        """With --debug, say what runs, where and as whom: names and places, no value, no secret.

        Args:
            command: Its words, without arguments and flags.
        """
        if not self.is_debugging:
            return
        write_debug(f"command: {command}")
        access = self.access
        if access.token() is not None:
            with suppress(StrongroomError):
                state = access.state_folder()
                files = "no local files" if state is None else f"state: {state.path}"
                write_debug(f"credential: {TOKEN_VARIABLE}; {files}")
            return
        # What is wrong there the command says, if it needs it.
        with suppress(StrongroomError):
            write_debug(f"home: {self.home.path}")
            device = access.device()
            if device is None:
                write_debug("account: none")
                return
            write_debug(f"account: {device.account_name}, {device.email}, {device.url}")
            write_debug(f"session: {access.session_origin(device) or 'none'}")

    def _given(self, flag: str) -> str | None:
        value = self.flags.get(flag)
        return None if value is None else str(value)

    @property
    def home(self) -> Folder:
        """The folder of local files."""
        return self.access.home

    @property
    def time_style(self) -> TimeStyle:
        """How human output shows times."""
        iso = bool(self.flags.get("iso_timestamps")) or self.is_set("OP_ISO_TIMESTAMPS")
        return TimeStyle(now_ms=self.clock(), iso=iso)

    def is_set(self, variable: str) -> bool:
        """Return whether a boolean environment variable is on."""
        return self.environment.get(variable, "").lower() in _TRUE

    def engine(self) -> AbstractContextManager[Engine]:
        """Open the engine for the credential at hand."""
        return open_engine(self.access)
