"""`python -m generator.check DIR...`: judge vector files with this implementation.

One line per file and a summary; exit status 1 when a file is not answered as
it says.  Files of another implementation prove that both read the text alike.
"""

import json
import sys
from pathlib import Path
from typing import Any

from generator.run import answer

FORMAT = "sr-vector-1"


def judge(vector: dict[str, Any]) -> str:
    """Empty when the answer is the expected one, else the difference."""
    if vector["format"] != FORMAT:
        return f"format {vector['format']!r}"
    found = answer(vector["area"], vector["input"])
    asked = ("expect", "layer", "output")
    wanted: dict[str, Any] = {key: vector[key] for key in asked if key in vector}
    if found == wanted:
        return ""
    return f"expected {_short(wanted)}, found {_short(found)}"


def _short(result: dict[str, Any]) -> str:
    text = json.dumps(result)
    return text if len(text) <= 160 else text[:157] + "..."


def main(folders: list[str]) -> int:
    """Judge every file of every folder."""
    if not folders:
        print("usage: python -m generator.check DIR...", file=sys.stderr)
        return 2
    files = [path for folder in folders for path in sorted(Path(folder).glob("*.json"))]
    different = 0
    for path in files:
        vector = json.loads(path.read_text(encoding="utf-8"))
        difference = judge(vector)
        if path.stem != vector["name"]:
            difference = difference or "name differs from the file's"
        different += bool(difference)
        print(f"{'DIFFERENT' if difference else 'same':9} {path.stem} {difference}".rstrip())
    print(f"{len(files)} files, {different} different")
    return 1 if different or not files else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
