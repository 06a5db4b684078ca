"""What `make mutants` found, a line a file, and every mutant that no test noticed (docs/mutation-tests.md)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from mutmut.stats import status_by_exit_code

FOLDER = Path("mutants/servicedesk")
NOTICED = ("killed", "timeout")  # a loop that ends no more fails a test by its time


def main() -> None:
    everything: Counter[str] = Counter()
    missed: list[str] = []
    for file in sorted(FOLDER.glob("*.meta")):
        codes = json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
        outcomes = {mutant: status_by_exit_code[code] for mutant, code in codes.items() if code is not None}
        missed += [mutant for mutant, outcome in outcomes.items() if outcome not in NOTICED]
        found = Counter(outcomes.values())
        print(_line(file.name.removesuffix(".py.meta"), found, left=len(codes) - len(outcomes)))
        everything += found
    print(
        _line("all", everything, left=0),
        "",
        "Nobody noticed (`mutmut show NAME` prints one):",
        *missed,
        sep="\n",
    )


def _line(name: str, found: Counter[str], *, left: int) -> str:
    share = f"{sum(found[outcome] for outcome in NOTICED) / found.total():.1%}" if found else "-"
    outcomes = ", ".join(f"{number} {outcome}" for outcome, number in sorted(found.items()))
    return f"{name:<16} {share:>6}  {found.total()} mutants: {outcomes}" + (
        f"; {left} not tried" if left else ""
    )


if __name__ == "__main__":
    main()
