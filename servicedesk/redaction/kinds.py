"""What is taken out of texts, and where it stood."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(str, Enum):
    PASSWORD = "password"
    CODE = "code"
    PERSONAL_NUMBER = "personal number"
    CARD = "card"
    TOKEN = "token"


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int
    kind: Kind
