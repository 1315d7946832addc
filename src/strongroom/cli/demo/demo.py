"""`strongroom demo`: from nothing to a program that reads a secret, in half a minute.

Every step is a command that a user would type, run as a program of its own;
secrets go through pipes and the environment as they should.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final, NamedTuple

import click

from strongroom.cli.demo.scan import check_scan_finds, database_files, find_traces
from strongroom.cli.item.recipes import Recipe, make_password
from strongroom.cli.program.files import absolute
from strongroom.cli.program.framework import command, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.ui import Output, printable
from strongroom.errors import IntegrityError, LocalFileError, StrongroomError
from strongroom.home.files import FOLDER_MODE
from strongroom.home.paths import HOME_VARIABLE
from strongroom.opening.credentials import SESSION_VARIABLE, TOKEN_VARIABLE
from strongroom.secret import Secret

_RECIPE: Final = Recipe(("letters", "digits"), 24)
_SECONDS_MAX: Final = 120
_PROGRAMS: Final = {
    "resolves op://vault/item/field": "resolve_reference.py",
    "lists the titles of its vaults": "list_vaults.py",
}


class Invented(NamedTuple):
    """What the demo makes up; all but the marker must not be found in the database."""

    password: Secret[str]
    value: Secret[str]
    title: str
    marker: str


@command("demo")
@click.option("--keep", metavar="DIR", help="Create everything in this new folder and keep it.")
@pass_invocation
def demo(invocation: Invocation, keep: str | None) -> None:
    """Show how it works: an account, vault, item, token, two programs, and what the disk holds."""
    with _folder(keep) as folder:
        _Demo(folder, invocation.output, invocation.environment).run(kept=keep is not None)


class _Demo:
    """The steps, in their order."""

    def __init__(self, folder: Path, output: Output, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._output = output
        self._database = folder / "strongroom.db"
        self._home = folder / "home"
        kept = {name: text for name, text in environment.items() if not name.startswith("OP_")}
        self._environment = {**kept, HOME_VARIABLE: str(self._home)}
        self._invented = Invented(
            password=make_password(_RECIPE),
            value=make_password(_RECIPE),
            # The demo's item is called `item`, a word that any database holds; this one is not.
            title=f"title-{_invent()}",
            # Plain in the database by design: the service knows e-mail addresses.
            marker=f"{_invent()}@example.org".lower(),
        )

    def run(self, *, kept: bool) -> None:
        """Go through all steps."""
        self._make_account()
        session = self._sign_in()
        self._make_items(session)
        token = self._make_service_account(session)
        for what, name in _PROGRAMS.items():
            self._say(f"a program from the SDK's documentation that {what} ({name}):")
            for line in self._run_program(name, token).splitlines():
                self._say(f"    {printable(line)}")
        self._scan()
        self._finish(kept=kept)

    def _make_account(self) -> None:
        arguments = ["account", "create", "--url", self._database.as_uri(), "--name", "demo"]
        arguments += ["--email", self._invented.marker, "--password-stdin"]
        kit = self._folder / "emergency-kit.txt"
        self._op([*arguments, "--kit", str(kit)], given=self._invented.password)
        self._say(f"account created in {self._database}; Emergency Kit in {kit}")

    def _sign_in(self) -> Secret[str]:
        session = Secret(self._op(["signin", "--raw"], given=self._invented.password).strip())
        self._say("signed in: the session key is kept in the environment only")
        return session

    def _make_items(self, session: Secret[str]) -> None:
        self._op(["vault", "create", "vault"], session=session)
        self._say("vault `vault` created")
        arguments = ["item", "create", "--vault", "vault", "--category", "api credential"]
        named = [*arguments, "--title", "item", "field[concealed]=-"]
        self._op(named, session=session, given=self._invented.value)
        self._say("item `item` created; the value of its field `field` came through standard input")
        self._op([*arguments, "--title", self._invented.title, "note[text]=demo"], session=session)
        self._say(f"item `{self._invented.title}` created, with a title that can be searched for")

    def _make_service_account(self, session: Secret[str]) -> Secret[str]:
        arguments = ["service-account", "create", "demo-program", "--vault", "vault:read_items"]
        token = Secret(self._op([*arguments, "--raw"], session=session).strip())
        self._say("service account `demo-program` created: it may read `vault` and nothing else")
        return token

    def _run_program(self, name: str, token: Secret[str]) -> str:
        with as_file(files("strongroom.cli.demo.programs") / name) as path:
            # Exposed to the child's environment, where its documentation wants it.
            environment = {**self._environment, TOKEN_VARIABLE: token.expose()}
            return _run([sys.executable, str(path)], environment, given=None)

    def _scan(self) -> None:
        paths = database_files(self._database)
        names = ", ".join(path.name for path in paths)
        check_scan_finds(paths, self._invented.marker)
        self._say(f"searching the database ({names}) for what must not be readable in it:")
        self._say("    the e-mail address, which is not sealed: found, so the search works")
        # Exposed to be searched for.
        texts = {
            "the title of the item": self._invented.title,
            "the value of the field": self._invented.value.expose(),
            "the password of the account": self._invented.password.expose(),
        }
        for what, text in texts.items():
            traces = find_traces(paths, text)
            if traces:
                message = f"{what} was found in {', '.join(traces)}"
                raise IntegrityError(message, hint="please report it")
            self._say(f"    {what}: not found")

    def _finish(self, *, kept: bool) -> None:
        if kept:
            # Exposed: this account is a toy, and without its password it could not be played with.
            self._say(f"password of the demo account: {self._invented.password.expose()}")
            home = f"{HOME_VARIABLE}={self._home}"
            self._say(f"next: export {home}; eval $({_program()} signin); {_program()} item list")
            return
        self._say(
            f'next: {_program()} account create --url "file://$HOME/strongroom.db" '
            '--name Home --email ana@example.org --kit "$HOME/strongroom-emergency-kit.txt"'
        )

    def _op(
        self,
        arguments: list[str],
        *,
        session: Secret[str] | None = None,
        given: Secret[str] | None = None,
    ) -> str:
        environment = dict(self._environment)
        if session is not None:
            # Exposed to the child's environment: argv would show it to every process.
            environment[SESSION_VARIABLE] = session.expose()
        return _run([sys.executable, "-m", "strongroom.cli.main", *arguments], environment, given)

    def _say(self, text: str) -> None:
        self._output.line(text)


@contextmanager
def _folder(keep: str | None) -> Iterator[Path]:
    if keep is None:
        made = Path(tempfile.mkdtemp(prefix="strongroom-demo-"))
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)
        return
    path = absolute(keep)
    try:
        path.mkdir(mode=FOLDER_MODE, parents=True)
    except OSError:
        message = f"the folder {path} cannot be created, or exists already"
        raise LocalFileError(message, hint="choose a new folder") from None
    yield path


def _program() -> str:
    """Return how to call this program again: by its name where the shell finds it, or its path."""
    called = Path(sys.argv[0])
    if called.name not in {"strongroom", "op"} or not called.exists():
        return "strongroom"
    found = shutil.which(called.name)
    is_found = found is not None and called.samefile(found)
    return called.name if is_found else shlex.quote(sys.argv[0])


def _invent() -> str:
    # Exposed: only as unguessable as a search needs, and no secret.
    return make_password(_RECIPE).expose()


def _run(arguments: list[str], environment: Mapping[str, str], given: Secret[str] | None) -> str:
    """Run a program, give it one secret on standard input, and return its output.

    Raises:
        StrongroomError: It failed; its own error follows.
    """
    done = subprocess.run(  # noqa: S603  (our own interpreter, our own words)
        arguments,
        env=dict(environment),
        # Exposed to the pipe.
        input=None if given is None else given.expose(),
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=_SECONDS_MAX,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stderr)
        message = "a step of the demo failed; its own error is shown above"
        raise StrongroomError(message)
    return done.stdout
