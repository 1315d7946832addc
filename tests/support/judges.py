"""A home and a vault for programs of other people that call `op`.

These programs find `op` on their `PATH`, and have nothing else of ours.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from cli.program import Op, make_account, sign_in

ROOT = Path(__file__).parents[2]
JUDGES = ROOT / ".venv-judges/bin"
PROGRAMS = ROOT / "tests/interop/programs"
OP = Path(sys.executable).parent / "op"

# The slowest is a play of several tasks, each a program of its own that starts `op` some times.
RUN_SECONDS_MAX = 120
# What a service account of the tests may do in its vaults.
RIGHTS = "read_items,write_items,share_items"


class Scene:
    """An account with the vault `dev` and the environment `prod`, and a session and a token."""

    def __init__(self, folder: Path) -> None:
        """Make it in an empty folder."""
        self.folder = folder
        self.op = sign_in(make_account(folder)[0])
        self.op("vault", "create", "dev")
        self.op(
            *("item", "create", "--vault", "dev", "--category", "login", "--title", "db"),
            *("username=app", "password=p4ss word", "--url", "https://db.example.org"),
            *("Admin.pin[text]=1234", "totp[otp]=JBSWY3DPEHPK3PXP"),
        )
        variables = ("PLAIN=a b", "TOKEN[masked]=masked")
        environment = self.op("environment", "create", "prod", *variables, "--format", "json")
        self.environment: str = environment.json["id"]
        made = self.op(
            *("service-account", "create", "judges", "--vault", f"dev:{RIGHTS}"),
            *("--environment", "prod", "--can-create-vaults", "--raw"),
        )
        self.token = made.out.strip()
        (folder / "bin").mkdir()
        (folder / "bin/op").symlink_to(OP)

    @property
    def session(self) -> dict[str, str]:
        """Variables with which a program acts as the person who owns the account."""
        return self._variables({"OP_SESSION": self.op.environment["OP_SESSION"]})

    @property
    def service_account(self) -> dict[str, str]:
        """Variables with which a program acts as a service account, and has no home."""
        nowhere = str(self.folder / "nowhere")
        return self._variables({"OP_SERVICE_ACCOUNT_TOKEN": self.token, "STRONGROOM_HOME": nowhere})

    def as_whom(self, whom: str) -> dict[str, str]:
        """Return the variables of `session` or of `service_account`."""
        return {"session": self.session, "service_account": self.service_account}[whom]

    def _variables(self, own: dict[str, str]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
        return kept | {
            "PATH": f"{self.folder / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "STRONGROOM_HOME": self.op.environment["STRONGROOM_HOME"],
            **own,
        }


def second_home(folder: Path) -> Op:
    """Return the program in a home of its own, with an account of its own."""
    folder.mkdir()
    return sign_in(make_account(folder)[0])


def run(
    command: list[str | Path],
    environment: dict[str, str],
    *,
    folder: Path,
    given: str | None = None,
) -> str:
    """Run a program to its end; return what it printed.

    Raises:
        AssertionError: It failed.
    """
    done = subprocess.run(
        [str(word) for word in command],
        env=environment,
        cwd=folder,
        **({"stdin": subprocess.DEVNULL} if given is None else {"input": given}),  # type: ignore[arg-type]
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def judge(name: str) -> Path:
    """Return a program that is installed for the tests.

    Raises:
        AssertionError: It is not there.
    """
    program = JUDGES / name
    assert program.exists(), f"{name} is not installed: run script/test"
    return program
