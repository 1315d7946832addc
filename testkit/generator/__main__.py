"""Write all cases: `python -m generator OUTDIR` from testkit/.

The same command as `python testkit/generator OUTDIR` works from anywhere.
Nothing is written unless every case is answered as it declares.
"""

import sys
from collections import Counter
from pathlib import Path

if not __package__:
    # Run by its path: the package's parent takes the place of the package.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from generator.case import store_case
from generator.cases import all_cases


def main(arguments: list[str]) -> int:
    """Make every case, check it, write it."""
    if len(arguments) != 1:
        print("usage: python -m generator OUTDIR", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    cases = list(all_cases(folder))
    names = Counter(case.name for case in cases)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        print(f"names given twice: {', '.join(twice)}", file=sys.stderr)
        return 1
    for case in cases:
        case.vector()
    for case in cases:
        store_case(case, folder)
    # Foreign files are named and kept: the folder may be the wrong one.
    for stale in sorted({path.stem for path in folder.glob("*.json")} - set(names)):
        print(f"not made by this generator: {stale}.json", file=sys.stderr)
    for area, count in sorted(Counter(case.area for case in cases).items()):
        print(f"{area:12}{count:4}")
    print(f"{'together':12}{len(cases):4}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
