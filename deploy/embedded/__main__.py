"""Start everything under supervisord, wait until all answer, print the addresses, end all on Ctrl-C: `make run`."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from xmlrpc.client import Fault, ServerProxy

import jinja2
import requests
from supervisor.xmlrpc import SupervisorTransport

from deploy.embedded.demo_token import demo_token
from deploy.embedded.processes import ROOT, WORKER_HEARTBEAT, Process, prepare, processes
from desk.agents import setup_link
from servicedesk.bootstrap import current_services
from servicedesk.errors import Tier0Error
from servicedesk.settings import Settings

PATIENCE = 120.0  # seconds; a cold disk takes long
DRAIN = 30.0  # seconds: a little more than each process takes to end (F17)
LOG_LINES = 15


class StartFailed(Tier0Error):
    """A process did not come up; the text shows its last words."""


class Ended(Exception):
    """Ctrl-C, or the service manager wants us to end."""


def main() -> None:
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    os.chdir(ROOT)
    try:
        settings = Settings.from_env(os.environ)
        _refuse_taken_ports(settings)
        os.environ.update(prepare(settings))
        services = current_services()  # seeds the demo's people before anything asks for them
        with _supervised(settings) as supervised:
            supervised.wait_until_all_answer()
            _print_addresses(settings, demo_token(settings), setup_link(services))
            supervised.wait()
    except Ended:
        print("\nEnded.")
    except Tier0Error as err:
        sys.exit(f"Tier0 cannot start: {err}")


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise Ended


def _refuse_taken_ports(settings: Settings) -> None:
    for name in ("rasa", "actions", "desk"):
        port = getattr(settings, f"{name}_port")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as err:
                raise StartFailed(
                    f"port {port} is in use. Is Tier0 running already? Else choose another: TIER0_{name.upper()}_PORT"
                ) from err


def kill_with_children(daemon: subprocess.Popen[bytes]) -> None:
    """supervisord ends its processes one after the other: killed alone, it would leave those running, on their ports,
    that it had not come to."""
    children = Path(f"/proc/{daemon.pid}/task/{daemon.pid}/children").read_text(encoding="ascii").split()
    daemon.kill()
    for child in children:
        with suppress(ProcessLookupError):
            os.killpg(int(child), signal.SIGKILL)  # each leads a group of its own


class _Supervised:
    """A running supervisord and its processes; ends them when the block ends."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._processes = processes(settings)
        self._folder = Path(tempfile.mkdtemp(prefix="tier0-"))  # a socket's path must be short
        self._socket = self._folder / "supervisor.sock"
        self._heartbeat = settings.state_dir / WORKER_HEARTBEAT
        self._started = time.time()
        self._daemon: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> _Supervised:
        template = (Path(__file__).parent / "supervisord.conf.j2").read_text(encoding="utf-8")
        environment = jinja2.Environment(autoescape=False, undefined=jinja2.StrictUndefined)  # noqa: S701  # no HTML
        text = environment.from_string(template).render(
            processes=self._processes,
            root=ROOT,
            state=self._settings.state_dir,
            socket=self._socket,
            root_user=os.geteuid() == 0,
        )
        config = self._folder / "supervisord.conf"
        config.write_text(text.replace("%", "%%"), encoding="utf-8")
        # A session of its own: Ctrl-C reaches us, and we end the others in order.
        self._daemon = subprocess.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(config)], start_new_session=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if self._daemon and self._daemon.poll() is None:
            self._daemon.terminate()
            try:
                self._daemon.wait(DRAIN)
            except subprocess.TimeoutExpired:
                kill_with_children(self._daemon)
        shutil.rmtree(self._folder, ignore_errors=True)

    def wait_until_all_answer(self) -> None:
        """Raises StartFailed after PATIENCE, or as soon as a process has given up."""
        waiting = list(self._processes)
        print(f"Starting {', '.join(process.name for process in waiting)} ...", flush=True)
        while waiting:
            for process in [process for process in waiting if self._answers(process)]:
                waiting.remove(process)
                print(f"  {process.name} is ready ({time.time() - self._started:.1f} s)", flush=True)
            self._raise_if_given_up()
            if time.time() - self._started > PATIENCE:
                raise StartFailed(self._last_words(waiting[0].name))
            time.sleep(0.1)

    def wait(self) -> None:
        if self._daemon:
            self._daemon.wait()
        raise StartFailed("supervisord has ended; see var/logs/supervisord.log")

    def _answers(self, process: Process) -> bool:
        if process.health is None:
            return self._heartbeat.exists() and self._heartbeat.stat().st_mtime >= self._started - 1
        try:
            return requests.get(process.health, timeout=1).status_code == requests.codes.ok
        except requests.RequestException:
            return False

    def _raise_if_given_up(self) -> None:
        if self._daemon and self._daemon.poll() is not None:
            raise StartFailed("supervisord has ended; see var/logs/supervisord.log")
        if not self._socket.exists():
            return
        server = ServerProxy("http://127.0.0.1", SupervisorTransport(None, None, f"unix://{self._socket}"))
        try:
            states = server.supervisor.getAllProcessInfo()
        except (OSError, Fault):
            return  # it is still starting itself
        for state in states:  # type: ignore[union-attr]
            if state["statename"] == "FATAL":  # type: ignore[index,call-overload]
                raise StartFailed(self._last_words(str(state["name"])))  # type: ignore[index,call-overload]

    def _last_words(self, name: str) -> str:
        log = self._settings.state_dir / "logs" / f"{name}.log"
        lines = (
            log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
            if log.exists()
            else []
        )
        return "\n".join([f"{name} does not come up. The end of {log}:", *(f"  {line}" for line in lines)])


_supervised = _Supervised


def _print_addresses(settings: Settings, rest_token: str, desk_setup: str | None) -> None:
    lines = [
        "",
        "Tier0 is ready. Everything runs on this machine only; Ctrl-C ends it.",
        "",
        f"  Chat page      {settings.chat_url}/webhooks/web/",
        f"  Demo phone     {settings.desk_url}/demo/phone       text messages, mail and authenticator codes",
        f"  Try a sign-in  {settings.desk_url}/demo/signin",
        f"  L1 desk        {settings.desk_url}/desk",
        f"  REST channel   {settings.chat_url}/webhooks/rest/webhook",
        f"                 trusted demo client: Authorization: Bearer {rest_token}",
        f"  Articles       {settings.desk_url}/articles/en",
    ]
    if desk_setup:
        lines += [
            "",
            f"  First agent    {desk_setup}",
            "                 choose a name and a password there, once",
        ]
    print("\n".join(lines), "\n", flush=True)


if __name__ == "__main__":
    main()
