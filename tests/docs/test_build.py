"""The documentation is built without a warning."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.examples_run import ROOT

SECONDS_MAX = 240
PAGE = "# A page\n\n[the docstrings]({target})\n\n```{{eval-rst}}\n.. autoclass:: {name}\n```\n"


@pytest.mark.timeout(SECONDS_MAX)
def test_documentation_is_built(tmp_path: Path):
    """`script/docs` makes every page, and the reference has what the docstrings say."""
    subprocess.run([ROOT / "script/docs", tmp_path], check=True, timeout=SECONDS_MAX)
    pages = tmp_path / "html/docs"
    assert (pages / "index.html").is_file()
    reference = (pages / "reference/api/onepassword.html").read_text(encoding="utf-8")
    assert "Return the current value that a reference leads to." in reference
    errors = (pages / "reference/api/errors.html").read_text(encoding="utf-8")
    assert "├── InputError                   invalid_input" in errors


MUTANTS = {
    "nothing": ("index.md", "onepassword.Items"),
    "a link": ("nothing.md", "onepassword.Items"),
}
MUTANTS |= {"a class": ("index.md", "onepassword.Nothing")}


@pytest.mark.timeout(SECONDS_MAX)
@pytest.mark.parametrize("wrong", MUTANTS)
def test_mutant_documentation(tmp_path: Path, wrong: str):
    """A link or a name that leads nowhere ends the build; the same page without one does not."""
    target, name = MUTANTS[wrong]
    folder = tmp_path / "docs"
    folder.mkdir()
    shutil.copy(ROOT / "docs/conf.py", folder)
    text = PAGE.format(target=target, name=name)
    (folder / "index.md").write_text(text, encoding="utf-8")
    build = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "dummy", "-c", folder, tmp_path]
    done = subprocess.run([*build, tmp_path / "out"], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (wrong == "nothing"), done.stderr
