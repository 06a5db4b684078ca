"""A secret for another system: from a file or the environment, read where it is used and shown nowhere (S14)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from servicedesk.errors import SettingsError


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What a secret looks like that somebody else gave out: a wrong file or a sample value is noticed at the start."""

    pattern: str
    what: str  # for the error
    least: int = 32  # characters (S14)

    def check(self, name: str, secret: str) -> None:
        """Raises SettingsError, which does not show the secret."""
        if not re.fullmatch(self.pattern, secret, re.ASCII):
            raise SettingsError(f"{name}: is not {self.what}")
        if len(secret) < self.least or len(set(secret)) < self.least // 4:
            raise SettingsError(f"{name}: is under {self.least} characters or a sample value")


@dataclass(frozen=True, kw_only=True, slots=True)
class Secret:
    name: str  # the variable, for the error
    file: Path | None = None
    value: str = field(default="", repr=False)
    shape: Shape | None = None  # None: a password that people chose may look like anything

    def read(self) -> str:
        """The secret as it is now: a file that was rotated counts from the next connection on.

        Raises SettingsError. Only the process that needs it reads it: `rasa` has no such file (S11)."""
        if self.file is None:
            found, name = self.value, self.name
        else:
            found, name = _contents(self.file, f"{self.name}_FILE"), f"{self.name}_FILE"
        if self.shape is not None:
            self.shape.check(name, found)
        return found


def _contents(file: Path, name: str) -> str:
    try:
        found = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as err:
        raise SettingsError(f"{name}: {file} cannot be read ({type(err).__name__})") from err
    if not found:
        raise SettingsError(f"{name}: {file} is empty")
    return found
