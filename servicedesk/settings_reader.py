"""How a setting is read from the environment: one method for each kind of value that several parts need."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from servicedesk.errors import SettingsError
from servicedesk.secret import Secret, Shape

Choice = TypeVar("Choice", bound=Enum)


class Reader:
    """Each method names the variable without TIER0_ and raises SettingsError, which names it in full."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str) -> str:
        return self._environ.get(f"TIER0_{name}", "").strip() or default

    def first_set(self, *names: str) -> str | None:
        """Which of them is set, where one is: a part that needs them all is on, or half set up."""
        return next((name for name in names if self.text(name, "")), None)

    def required(self, name: str, when: str) -> str:
        value = self.text(name, "")
        if not value:
            raise SettingsError(f"TIER0_{name}: needed when {when}")
        return value

    def secret(self, name: str, when: str, shape: Shape | None = None) -> Secret:
        """From TIER0_…_FILE or TIER0_…; not read here, for not every process has it (S11)."""
        file, value = self.text(f"{name}_FILE", ""), self.text(name, "")
        if bool(file) == bool(value):
            raise SettingsError(
                f"TIER0_{name}_FILE or TIER0_{name}: exactly one of the two is needed when {when}"
            )
        return Secret(
            name=f"TIER0_{name}", file=Path(file).resolve() if file else None, value=value, shape=shape
        )

    def choice(self, name: str, default: Choice) -> Choice:
        """One of the values of the default's kind."""
        value = self.text(name, default.value)
        try:
            return type(default)(value)
        except ValueError:
            allowed = ", ".join(one.value for one in type(default))
            raise SettingsError(f"TIER0_{name}: {value!r} is none of {allowed}") from None

    def number(self, name: str, default: int, *, most: int, least: int = 1) -> int:
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            raise SettingsError(f"TIER0_{name}: {value!r} is no number from {least} to {most}")
        return int(value)

    def port(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
            raise SettingsError(f"TIER0_{name}: {value!r} is no port number")
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name, "true" if default else "false").lower()
        if value not in ("true", "false"):
            raise SettingsError(f"TIER0_{name}: {value!r} is neither true nor false")
        return value == "true"

    def url(self, name: str, default: str) -> str:
        value = self.text(name, default).rstrip("/")
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            usable = False
        if not usable:
            raise SettingsError(f"TIER0_{name}: {value!r} is no http(s) address")
        return value
