"""The four processes, and what they need to be told."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from servicedesk.keys import KeyRing, Purpose, create_missing
from servicedesk.settings import Settings
from servicedesk.store.migrate import migrate

ROOT = Path(__file__).resolve().parent.parent.parent
MODEL = ROOT / "models" / "tier0.tar.gz"
CREDENTIALS = "credentials.yml"  # the channels that this installation has, in Rasa's words
WORKER_HEARTBEAT = "worker.alive"


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    name: str
    command: tuple[str, ...]
    health: str | None  # address that answers 200 when it is ready; None: the worker's heartbeat file

    @property
    def command_line(self) -> str:
        return shlex.join(self.command)


def processes(settings: Settings) -> tuple[Process, ...]:
    python = sys.executable
    return (
        Process(
            name="actions",
            command=(python, "-m", "actions"),
            health=f"http://127.0.0.1:{settings.actions_port}/health",
        ),
        Process(
            name="desk",
            command=(python, "-m", "desk"),
            health=f"http://127.0.0.1:{settings.desk_port}/health",
        ),
        Process(name="worker", command=(python, "-m", "servicedesk.worker"), health=None),
        Process(
            name="rasa",
            command=rasa_command(settings, settings.rasa_port),
            health=f"http://127.0.0.1:{settings.rasa_port}/webhooks/rest/",
        ),
    )


def rasa_command(settings: Settings, port: int) -> tuple[str, ...]:
    token_file = settings.state_dir / "rasa_token"
    return (
        *(sys.executable, "-m", "bot.rasa", "run"),
        *("--model", str(MODEL), "--endpoints", "endpoints.yml"),
        *("--credentials", str(settings.state_dir / CREDENTIALS)),
        *("--interface", "127.0.0.1", "--port", str(port)),
        *("--enable-api", "--auth-token", f"@{token_file}"),
    )


def channels(settings: Settings) -> str:
    """Rasa's list of channels: those that are always there, and the platforms that are set up."""
    platforms = {
        "connectors.slack.channel.SlackInput": settings.slack,
        "connectors.teams.channel.TeamsInput": settings.teams,
    }
    always = (ROOT / "credentials.yml").read_text(encoding="utf-8")
    return always + "".join(f"{name}:\n" for name, chosen in platforms.items() if chosen is not None)


def prepare(settings: Settings) -> dict[str, str]:
    """Make keys, database and token files; return what the processes need in their environment.

    Raises SettingsError, StoreUnavailable."""
    settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings.state_dir.chmod(0o700)  # what is in there is nobody else's to read
    (settings.state_dir / "logs").mkdir(exist_ok=True)
    create_missing(settings.keys_dir)
    keys = KeyRing(settings.keys_dir)
    migrate(settings.database_url)
    (settings.state_dir / CREDENTIALS).write_text(channels(settings), encoding="utf-8")
    _write_private(settings.state_dir / "rasa_token", keys.text(Purpose.RASA))
    return {
        "TIER0_STATE_DIR": str(settings.state_dir),
        "TIER0_ACTIONS_URL": settings.actions_url,
        "TIER0_INTERNAL_TOKEN": keys.text(Purpose.INTERNAL),
        "TIER0_TRACKER_DB": str(settings.tracker_db),
        "RASA_TELEMETRY_ENABLED": "false",
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="ascii")
