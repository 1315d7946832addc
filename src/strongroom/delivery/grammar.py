r"""What a reference is within a longer text, for templates and for values of variables.

- A bare one begins with `op://`, unless an ASCII letter or digit or one of `-`, `+`, `\` and `.`
  stands before it. It goes on over the characters of a path, behind its first `?` over those of
  a query.
- A variable has a name of ASCII letters, digits and `_`, which does not begin with a digit.

These are parts of regular expressions; who uses them says what else may stand between.
"""

from __future__ import annotations

from typing import Final

BARE_BEGINS: Final = r"(?<![A-Za-z0-9+\\.-])"
PATH_CHARACTERS: Final = "A-Za-z0-9_./-"
QUERY_CHARACTERS: Final = "A-Za-z0-9_./?=&-"
NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*+"
