"""What is written into which field of the customer's ticket system: a file, so that their own fields need no code.

Each adapter brings a file of usual values (mappings/NAME.yml); a customer's file is laid over it. docs/tickets.md
explains it to administrators."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, Extra, Field, ValidationError, validator

from servicedesk.errors import SettingsError
from servicedesk.ticketing.port import TicketDraft, TicketState

USUAL = Path(__file__).with_name("mappings")
CUT = "\n[cut: the whole form is in the attachment]"
PLACEHOLDER = re.compile(r"\{(\w+)\}")
Fields = dict[str, Any]
Facts = Mapping[str, str]


def facts_of(draft: TicketDraft) -> Facts:
    """What a field's value may be made of, by name."""
    return {
        "key": draft.key,
        "kind": draft.kind.value,
        "category": draft.category,
        "summary": draft.summary,
        "description": draft.description,
        "requester": draft.requester or "",
        "requester_name": draft.requester_name,
        "username": draft.username,
        "email": draft.email,
        "contact": draft.contact,
        "language": draft.language,
        "conversation": draft.conversation or "",
        "impact": str(draft.impact.value),
        "urgency": str(draft.urgency.value),
        "priority": str(draft.priority.value),
        "assignment_group": draft.assignment_group,
    }


NAMES = frozenset({
    "key", "kind", "category", "summary", "description", "requester", "requester_name", "username", "email", "contact",
    "language", "conversation", "impact", "urgency", "priority", "assignment_group",
})  # fmt: skip


class FieldMapping(BaseModel):
    create: Fields  # of a new ticket
    reopen: Fields = Field(default_factory=dict)  # what is set to put a ticket to work again
    withdraw: Fields = Field(default_factory=dict)
    states: dict[str, TicketState]  # the system's own states
    limits: dict[str, int] = Field(default_factory=dict)  # characters that a field takes
    options: dict[str, str] = Field(default_factory=dict)  # names that the adapter needs besides

    class Config:
        extra = Extra.forbid
        allow_mutation = False

    @validator("create", "reopen", "withdraw")
    def _are_values(cls, fields: Fields) -> Fields:
        for name, value in fields.items():
            _examine(value, name)
        return fields

    @validator("limits", each_item=True)
    def _is_a_length(cls, value: int) -> int:
        if value < 20:
            raise ValueError("is under 20 characters")
        return value

    def new_ticket(self, draft: TicketDraft) -> Fields:
        return self._cut(_filled(self.create, facts_of(draft)))

    def reopened(self) -> Fields:
        return _filled(self.reopen, {})

    def withdrawn(self) -> Fields:
        return _filled(self.withdraw, {})

    def state(self, name: str) -> TicketState:
        return self.states.get(name, TicketState.UNKNOWN)

    def option(self, name: str) -> str:
        """Raises SettingsError where the administrator has to say it."""
        value = self.options.get(name, "")
        if not value:
            raise SettingsError(f"TIER0_TICKETING_MAPPING: options.{name}: has to be set")
        return value

    def _cut(self, fields: Fields) -> Fields:
        for name, most in self.limits.items():
            value = fields.get(name)
            if isinstance(value, str) and len(value) > most:
                end = CUT if most > 4 * len(CUT) else "…"
                fields[name] = value[: most - len(end)] + end
        return fields


def load(system: str, own: Path | None = None) -> FieldMapping:
    """The usual mapping of this system with the customer's laid over it. Raises SettingsError, which names the field."""
    merged = _read(USUAL / f"{system}.yml")
    if own is not None:
        merged = _over(merged, _read(own))
    try:
        return FieldMapping(**merged)
    except ValidationError as err:
        first = err.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"TIER0_TICKETING_MAPPING: {where}: {first['msg']}") from err


def possible(value: Any) -> tuple[str, ...]:
    """What a field may come out as, where that does not depend on an employee's words."""
    if isinstance(value, dict) and "from" in value:
        return tuple(
            dict.fromkeys(str(each) for each in (*value["values"].values(), value.get("else")) if each)
        )
    return (str(value),) if value and not PLACEHOLDER.search(str(value)) else ()


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as err:
        raise SettingsError(f"TIER0_TICKETING_MAPPING: {path} cannot be read ({type(err).__name__})") from err
    if not isinstance(content, dict) or not all(isinstance(part, dict) for part in content.values()):
        raise SettingsError(f"TIER0_TICKETING_MAPPING: {path} is no list of sections with fields")
    return {
        str(section): {str(name): value for name, value in part.items()} for section, part in content.items()
    }


def _over(usual: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Field by field, however deep; an empty value takes a usual one away."""
    merged = deepcopy(usual)
    for name, value in own.items():
        before = merged.get(name)
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict) and isinstance(before, dict) and "from" not in {*value, *before}:
            merged[name] = _over(before, value)
        else:
            merged[name] = value
    return merged


def _examine(value: Any, where: str) -> None:
    """Raises ValueError, which names the field."""
    if isinstance(value, dict):
        if "from" in value:
            _examine_lookup(value, where)
        else:
            for name, each in value.items():
                _examine(each, f"{where}.{name}")
    elif isinstance(value, list):
        for each in value:
            _examine(each, where)
    elif isinstance(value, str):
        unknown = set(PLACEHOLDER.findall(value)) - NAMES
        if unknown:
            raise ValueError(f"{where}: nothing is called {{{sorted(unknown)[0]}}}")
    elif not isinstance(value, (bool, int, float)):
        raise ValueError(f"{where}: {type(value).__name__} is no value of a field")


def _examine_lookup(value: dict[str, Any], where: str) -> None:
    strange = set(value) - {"from", "values", "else"}
    if strange:
        raise ValueError(
            f"{where}: beside `from` stand `values` and `else`, not {sorted(map(str, strange))[0]!r}"
        )
    if value["from"] not in NAMES:
        raise ValueError(f"{where}: nothing is called {value['from']!r}")
    if not isinstance(value.get("values"), dict):
        raise ValueError(f"{where}: `values` is missing")
    for each in (*value["values"].values(), value.get("else", "")):
        _examine(each, where)


def _filled(fields: Fields, facts: Facts) -> Fields:
    """Fields with nothing in them are left out: an unproven requester is no user whose name is empty."""
    filled = {name: _value(value, facts) for name, value in fields.items()}
    return {name: value for name, value in filled.items() if value not in ("", None, [], {})}


def _value(value: Any, facts: Facts) -> Any:
    if isinstance(value, dict) and "from" in value:
        by_name = {str(name): each for name, each in value["values"].items()}
        return _value(by_name.get(facts.get(value["from"], ""), value.get("else", "")), facts)
    if isinstance(value, dict):
        return _filled(value, facts)
    if isinstance(value, list):
        return [found for each in value if (found := _value(each, facts)) not in ("", None)]
    if not isinstance(value, str):
        return value
    names = PLACEHOLDER.findall(value)
    if names and not any(facts.get(name) for name in names):
        return ""
    return PLACEHOLDER.sub(lambda match: facts.get(match[1], ""), value)
