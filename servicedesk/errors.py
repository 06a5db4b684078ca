"""The root of every error that Tier0 raises on purpose; each port hangs its own small tree below it."""


class Tier0Error(Exception):
    """Something that Tier0 expects to go wrong at times. The text is for the operator's log, never for an employee."""


class SettingsError(Tier0Error):
    """A setting is missing or wrong: the start stops, and the text names the variable."""
