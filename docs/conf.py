"""How `script/docs` builds the documentation: the pages, and the docstrings of public modules.

The source folder is that of the repository, so that pages may link to the
specification and to what stands beside the README.
"""

# ruff: noqa: INP001  (Sphinx reads this file by its name)

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

from onepassword import DesktopAuth

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "Strongroom"
author = "the Strongroom authors"
root_doc = "docs/index"
include_patterns = ["docs/**.md", "specs/*.md", "bench/README.md", "*.md"]
exclude_patterns = [
    ".*",
    "**/__pycache__",
    "docs/_build",
    "requirements",
    "src",
    "testkit",
    "tests",
]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "alabaster"  # Sphinx's own
html_title = "Strongroom"
html_show_copyright = False

# As GitHub names the anchors of headings, which links in the pages use.
myst_heading_anchors = 4
# The form of vectors is shown as JSON with `…` in it.
suppress_warnings = ["misc.highlighting_failure"]

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
# What a method takes and returns stands in its signature; the docstrings say what it means.
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_numpy_docstring = False
napoleon_use_ivar = True

# Before napoleon, which turns sections of docstrings into fields.
_EARLY: Final = 400
_INDENT: Final = " " * 4
_BACKTICKS: Final = re.compile(r"(?<!`)`([^`]+)`(?!`)")
# Classes that programs make themselves; others are results, and how they are made is ours.
_MADE_BY_PROGRAMS: Final = (BaseModel, DesktopAuth)


def setup(app: Sphinx) -> None:
    """Connect what brings our docstrings, which are plain text, into Sphinx's form."""
    app.connect("autodoc-process-docstring", _read_docstring, priority=_EARLY)
    app.connect("autodoc-process-signature", _hide_signature)


def _read_docstring(
    _app: Sphinx, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]
) -> None:
    """Make literals of `names`, and blocks of what is indented behind a blank line."""
    read: list[str] = []
    last, in_block = "", False
    for position, line in enumerate(lines):
        after_blank = position > 0 and not lines[position - 1].strip()
        if not in_block and line.startswith(_INDENT) and after_blank:
            in_block = not last.startswith(_INDENT)  # else it goes on with a section
            read += ["::", ""] if in_block else []
        elif line.strip() and not line.startswith(_INDENT):
            in_block = False
        read.append(line if in_block else _BACKTICKS.sub(r"``\1``", line))
        last = line if line.strip() else last
    lines[:] = read


def _hide_signature(
    _app: Sphinx, what: str, _name: str, found: Any, _options: Any, *_signature: Any
) -> tuple[str, None] | None:
    """Leave out how errors and parts of a client are made: programs do not make them."""
    if what == "exception" or (what == "class" and not issubclass(found, _MADE_BY_PROGRAMS)):
        return "", None
    return None
