"""Two who edit one item at the same time: a change that can repeat itself does."""

import io
import subprocess
import sys

import pytest

from cli.program import SECONDS_MAX
from strongroom.cli.app import program
from strongroom.cli.item.change import ATTEMPTS_MAX, repeated
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.stdin import Input
from strongroom.errors import ConflictError


class Interrupting(io.BytesIO):
    """Standard input in whose reading somebody else edits the item."""

    def __init__(self, op, content):
        super().__init__(content)
        self._op = op

    def read(self, *arguments):
        self._op("item", "edit", "shared", "other[text]=theirs")
        return super().read(*arguments)


def edit_between(op, *arguments):
    """Run `item edit` here, while another process is quicker."""
    invocation = Invocation(op.environment, standard_input=lambda: Input(Interrupting(op, b"mine")))
    program().main(["item", "edit", "shared", *arguments], standalone_mode=False, obj=invocation)


@pytest.fixture
def shared(op):
    """An item to be edited."""
    made = op(
        *("item", "create", "--vault", "dev", "--category", "login", "--title", "shared"),
        *("--format", "json"),
    ).json
    yield made["id"]
    op("item", "delete", made["id"])


def test_edit_repeats_itself(op, shared, capfdbinary):
    """An edit that comes second is done again on what the first one left."""
    edit_between(op, "own[text]=-")
    assert op("read", "op://dev/shared/own", "-n").out == "mine"
    assert op("read", "op://dev/shared/other", "-n").out == "theirs"


def test_template_does_not_repeat_itself(op, shared, capfdbinary):
    """A whole template would undo the other change: it is refused, and nothing is lost."""
    template = op.folder / "whole.json"
    template.write_text(op("item", "get", "shared", "--format", "json").out)
    with pytest.raises(ConflictError):
        edit_between(op, "--template", str(template), "own[text]=-")
    assert op("read", "op://dev/shared/other", "-n").out == "theirs"
    assert op.run("read", "op://dev/shared/own").code == 1


def test_many_editors(op, shared):
    """As many editors as there are attempts all get their change in."""
    names = [f"field{number}" for number in range(ATTEMPTS_MAX)]
    command = [sys.executable, "-m", "strongroom.cli.main", "item", "edit", shared]
    children = [
        subprocess.Popen(
            [*command, f"{name}[text]={name}"],
            env=op.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for name in names
    ]
    for child in children:
        _, err = child.communicate(timeout=SECONDS_MAX)
        assert (child.returncode, err) == (0, b"")
    for name in names:
        assert op("read", f"op://dev/shared/{name}", "-n").out == name


@pytest.mark.parametrize("conflicts", [0, 1, ATTEMPTS_MAX - 1, ATTEMPTS_MAX])
def test_attempts(conflicts):
    """An edit is tried five times, each time on what was read anew."""
    puts = []

    def put(item):
        puts.append(item)
        if len(puts) <= conflicts:
            raise ConflictError("somebody was quicker")
        return item

    def run():
        return repeated({"version": 0}, put=put, again=lambda: {"version": len(puts)})

    if conflicts == ATTEMPTS_MAX:
        with pytest.raises(ConflictError):
            run()
    else:
        assert run() == {"version": conflicts}
    assert [item["version"] for item in puts] == list(range(min(conflicts + 1, ATTEMPTS_MAX)))
