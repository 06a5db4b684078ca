"""A password for another system: from a file or the environment, read where it is used and shown nowhere (S14)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from servicedesk.errors import SettingsError


@dataclass(frozen=True, kw_only=True, slots=True)
class Secret:
    name: str  # the variable, for the error
    file: Path | None = None
    value: str = field(default="", repr=False)

    def read(self) -> str:
        """The secret as it is now: a file that was rotated counts from the next connection on.

        Raises SettingsError. Only the process that needs it reads it: `rasa` has no such file (S11)."""
        if self.file is None:
            return self.value
        try:
            found = self.file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as err:
            raise SettingsError(
                f"{self.name}_FILE: {self.file} cannot be read ({type(err).__name__})"
            ) from err
        if not found:
            raise SettingsError(f"{self.name}_FILE: {self.file} is empty")
        return found
