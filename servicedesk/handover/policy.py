"""How Tier0 hands over, in one value: matrix, criteria, facts, who is affected, and hours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from servicedesk.categories import categories
from servicedesk.errors import SettingsError
from servicedesk.handover import affected, criteria, facts, hours, priorities
from servicedesk.handover.files import NAMES, read


@dataclass(frozen=True, kw_only=True, slots=True)
class HandoverPolicy:
    priorities: priorities.Priorities
    criteria: criteria.Criteria
    facts: facts.Facts
    affected: affected.Affected
    desks: hours.Desks


def load(folder: Path | None = None) -> HandoverPolicy:
    """Ours, with the files of `folder` in place of ours of the same name. Raises SettingsError."""
    if folder is not None:
        strange = sorted(each.name for each in folder.glob("*.y*ml") if each.name not in NAMES)
        if not folder.is_dir() or strange:
            raise SettingsError(
                f"TIER0_HANDOVER: {folder} must be a folder with some of {', '.join(NAMES)}"
                + (f", and has {', '.join(strange)}" if strange else "")
            )
    loaded = HandoverPolicy(
        priorities=read("priorities.yml", folder, priorities.build),
        criteria=read("criteria.yml", folder, criteria.build),
        facts=read("facts.yml", folder, facts.build),
        affected=read("affected.yml", folder, affected.build),
        desks=read("hours.yml", folder, hours.build),
    )
    unknown = sorted(set(loaded.facts.categories) - set(categories()))
    if unknown:
        raise SettingsError(f"facts.yml: there is no category {', '.join(unknown)}")
    return loaded
