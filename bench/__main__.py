"""`script/bench`: prints each row as a ratio beside its goal.

Times of one machine say little; a ratio of two things measured in turn says
more. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import compileall
import sys
import sysconfig
from pathlib import Path

from bench import (
    cold,
    commands,
    delivery,
    files,
    fixtures,
    lists,
    sdks,
    server,
    templates,
    warm,
)
from bench.report import Row

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Measure the rows that were asked for, all by default."""
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="rounds of each cold row")
    parser.add_argument("--only", default="", help="measure only rows whose name holds this text")
    options = parser.parse_args()
    # Cold rows compare programs whose bytecode is there, as it is after an installation.
    for place in (ROOT / "src", Path(sysconfig.get_path("platlib")), ROOT / ".venv-official/lib"):
        compileall.compile_dir(place, quiet=2)
    folder = ROOT / ".bench"
    folder.mkdir(exist_ok=True)
    print(f"python {sys.version.split()[0]}, {options.rounds} rounds of each cold row")
    print(f"{'what':58} {'ratio':>7} {'p90':>7} {'goal':>7}")
    for measure in (
        cold.rows,
        commands.rows,
        warm.rows,
        server.rows,
        templates.rows,
        lists.rows,
        files.rows,
        delivery.rows,
        sdks.rows,
    ):
        for row in measure(fixtures.Fixtures(folder), rounds=options.rounds, only=options.only):
            _print(row)


def _print(row: Row) -> None:
    goal = f"<= {row.goal}" if row.goal else "-"
    print(f"{row.name:58} {row.ratio:7.3f} {row.p90:7.3f} {goal:>7}", flush=True)


if __name__ == "__main__":
    main()
