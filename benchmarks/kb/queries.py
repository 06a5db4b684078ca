"""Questions that nothing was learned from (tests/bot/kb/dev)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.kb.languages import LANGUAGES

DEV: Final = Path(__file__).parents[2] / "tests" / "bot" / "kb" / "dev"


@dataclass(frozen=True, slots=True)
class DevQuery:
    """What somebody types. `article`: the one that answers it, None where there is none."""

    text: str
    language: str
    article: str | None
    kind: str  # plain | messy | symptom; without an article: other-it | not-it


def dev_queries() -> list[DevQuery]:
    found = []
    for language in LANGUAGES:
        for line in (DEV / f"{language}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.append(DevQuery(row["text"], language, row["id"], row["kind"]))
    return found
