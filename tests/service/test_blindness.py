"""The service cannot open what it keeps: nothing that opens envelopes is even loaded."""

import ast
import subprocess
import sys
from pathlib import Path

import strongroom

SOURCE = Path(strongroom.__path__[0])

PROGRAM = """
import sys
import strongroom.service.operations
import strongroom.store.sqlite.store
print(*sorted(name for name in sys.modules if name.startswith("strongroom.")), sep="\\n")
"""
PUBLIC = "strongroom.crypto.public"
KEYLESS = {"strongroom.crypto", PUBLIC}


def loaded(program):
    """Return the modules of ours that a bare interpreter has after a program."""
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.split())


def sealing(modules):
    """Return what opens or holds a key: `crypto` without its public part, and documents."""
    return {
        name
        for name in modules - KEYLESS
        if name == "strongroom.documents"
        or (name.startswith("strongroom.crypto.") and not name.startswith(f"{PUBLIC}."))
    }


def test_no_sealing_module_is_loaded():
    """A bare interpreter that loads service and store has nothing that opens or holds a key."""
    modules = loaded(PROGRAM)
    assert "strongroom.service.operations" in modules
    assert not sealing(modules)
    assert not [
        name for name in modules if name.startswith(("strongroom.client", "strongroom.items"))
    ]


def test_the_check_can_fail():
    """The same check does see a sealing module that is loaded."""
    planted = "import strongroom.crypto.tokens\n" + PROGRAM
    assert sealing(loaded(planted)) >= {"strongroom.crypto.tokens"}


def test_no_words_of_the_sdk():
    """Whoever answers over a network says code, message and hint; tags are the clients'."""
    for package in ("service", "store", "transport", "trust", "wire"):
        for path in sorted((SOURCE / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                is_error = isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Error")
                assert not is_error or "tag" not in {one.arg for one in node.keywords}, path
