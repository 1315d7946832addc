"""`script/vectors DIR`: one line per file, a summary, and an exit code.

Exit 0 when every answer, error code and layer is as expected; 1 when one
differs; 2 when the folder holds no vector. Every area of specs/vectors.md is
answered; one that is not among them is reported as unknown, and is no failure.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from runner.areas import AREAS
from runner.compare import Verdict, judge


def main(arguments: list[str]) -> int:
    """Run every vector file below the folders or files named."""
    paths = sorted(path for name in arguments for path in _files(Path(name)))
    if not paths:
        print("no vector files found", file=sys.stderr)
        return 2
    counts = dict.fromkeys(Verdict, 0)
    for path in paths:
        verdict, remark = judge(json.loads(path.read_text(encoding="utf-8")), AREAS)
        counts[verdict] += 1
        print(f"{verdict.value:8} {path.stem}{': ' + remark if remark else ''}")
    summary = ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items())
    print(f"{len(paths)} vector files: {summary}")
    return 1 if counts[Verdict.FAILED] else 0


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else list(path.rglob("*.json"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
