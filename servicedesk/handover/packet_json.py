"""The packet as plain JSON values, for the desk and for tools that read the ticket's attachment; and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from datetime import datetime
from enum import Enum
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from servicedesk.handover.packet import EscalationPacket

SAID = ("reason", "requester_name", "contact", "summary")  # what the packet says of itself


def to_json(packet: EscalationPacket) -> dict[str, Any]:
    plain: dict[str, Any] = _plain(asdict(packet))
    return {**plain, **{name: getattr(packet, name) for name in SAID}}


def from_json(plain: Mapping[str, Any]) -> EscalationPacket:
    """Of JSON that `to_json` made, in this version of it or in the one before, whose packets lack what has a default.

    Raises KeyError, TypeError, ValueError."""
    packet: EscalationPacket = _typed(EscalationPacket, plain)
    return packet


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value


def _typed(kind: Any, value: Any) -> Any:
    inner = get_args(kind)
    if NoneType in inner:
        return None if value is None else _typed(inner[0], value)
    if is_dataclass(kind):
        types = get_type_hints(kind)
        there = [each.name for each in fields(kind) if each.name in value or each.default is MISSING]
        # mypy takes what is_dataclass has seen for an instance, which cannot be called.
        return kind(**{name: _typed(types[name], value[name]) for name in there})  # type: ignore[operator]
    if get_origin(kind) is tuple:
        return tuple(_typed(inner[0], each) for each in value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    return kind(value) if isinstance(kind, type) and issubclass(kind, Enum) else value
