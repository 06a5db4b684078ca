"""`python -m servicedesk.handover check [FOLDER]`: are these files right, and what do they say for today?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from servicedesk.categories import categories
from servicedesk.clock import SystemClock
from servicedesk.errors import SettingsError
from servicedesk.findings import Finding, Verdict, note, ok, wrong
from servicedesk.handover.files import NAMES
from servicedesk.handover.policy import load


def findings(folder: Path | None) -> Iterator[Finding]:
    try:
        policy = load(folder)
    except SettingsError as err:
        yield wrong("files", str(err))
        return
    for name in NAMES:
        own = folder is not None and (folder / name).exists()
        yield ok("files", f"{name}: {'your own' if own else 'ours'}")
    for category in sorted(set(categories()) - set(policy.facts.categories)):
        yield note("facts", f"{category} has no facts of its own: those of other are asked for")
    now = SystemClock().now()
    for desk in policy.desks.desks:
        opens = desk.opens_at(now)
        if opens is not None:
            yield ok("hours", f"{desk.name} opens {opens:%A %Y-%m-%d %H:%M}")
        elif desk.is_open(now):
            yield ok("hours", f"{desk.name} is open now")
        else:
            yield wrong("hours", f"{desk.name} does not open within two months")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m servicedesk.handover")
    parser.add_argument("command", choices=["check"])
    parser.add_argument("folder", nargs="?", type=Path, help="as in TIER0_HANDOVER; without it, ours")
    given = parser.parse_args(arguments)
    found = list(findings(given.folder))
    for finding in found:
        print(finding)
    return int(any(finding.verdict is Verdict.WRONG for finding in found))


if __name__ == "__main__":
    sys.exit(main())
