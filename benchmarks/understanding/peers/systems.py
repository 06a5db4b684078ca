"""The three systems, where each is laid out, and how it is trained.

A system works in a folder of its own with nothing kept from earlier runs in it. The folder's name ends in a digest of all
that the model comes from, so that one which was trained already is found again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.understanding.dataset import EXAMPLES, ROOT, examples
from benchmarks.understanding.peers.environment import LOCK, environment

HERE = Path(__file__).parent
RUNTIME_LOCK = ROOT / "requirements" / "runtime.lock"
EXAMPLE = re.compile(r" +- (?!intent:)")
_TRAINED = "trained.json"
_HEARTBEAT_SECONDS = 60

# What Tier0 is trained and served from. A copy of it knows no cache, no key and no database.
_TIER0 = (
    *("bot", "connectors", "deploy", "servicedesk", "actions", "desk", "responses", "kb_articles", "data"),
    *("config.yml", "domain.yml", "endpoints.yml", "credentials.yml"),
)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of the real thing: fewer examples where the peers' training would take too long, and fewer epochs, which
    are part of a peer, only to try the benchmark itself."""

    examples: int | None = None
    epochs: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class System:
    name: str
    title: str
    python: Path
    lock: Path
    model: Path
    train_command: tuple[str, ...]
    serve_command: tuple[str, ...]  # the port follows
    lay_out: Callable[[Path, Scale], None]
    caches: tuple[str, ...] = ()  # what training leaves for serving beside the model

    def run(self, command: tuple[str, ...], folder: Path, log: Path) -> subprocess.Popen[bytes]:
        """Runs the system's own Python in `folder`; all that it says goes to `log`."""
        with log.open("wb") as output:
            return subprocess.Popen(
                [self.python, *command], cwd=folder, env=_environ(), stdout=output, stderr=subprocess.STDOUT
            )


def systems(build: Path) -> tuple[System, ...]:
    python = environment(build) / "bin" / "python"
    return (
        System(
            name="tier0",
            title="Tier0",
            python=Path(sys.executable),
            lock=RUNTIME_LOCK,
            model=Path("models/tier0.tar.gz"),
            train_command=("-m", "bot.rasa", "train", "--fixed-model-name", "tier0", "--out", "models"),
            serve_command=("-m", "deploy.embedded.serve", "--port"),
            lay_out=_lay_out_tier0,
            caches=("e5-*.zip", "languages-*.npz", "kb-*.sqlite"),
        ),
        _peer("default", "Rasa's default", python),
        _peer("helpdesk", "Rasa's help-desk example", python),
    )


def _peer(name: str, title: str, python: Path) -> System:
    def lay_out(folder: Path, scale: Scale) -> None:
        config = yaml.safe_load((HERE / f"{name}.yml").read_text(encoding="utf-8"))
        for component in config["pipeline"]:
            if scale.epochs and "epochs" in component:
                component["epochs"] = scale.epochs
        (folder / "config.yml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        _copy_examples(folder, scale)

    return System(
        name=name,
        title=title,
        python=python,
        lock=LOCK,
        model=Path("models/peer.tar.gz"),
        train_command=(
            *("-m", "rasa", "train", "nlu", "--config", "config.yml", "--nlu", "data/nlu"),
            *("--fixed-model-name", "peer", "--out", "models"),
        ),
        serve_command=(
            *("-m", "rasa", "run", "--model", "models/peer.tar.gz", "--enable-api"),
            *("--interface", "127.0.0.1", "--port"),
        ),
        lay_out=lay_out,
    )


def _lay_out_tier0(folder: Path, scale: Scale) -> None:
    for name in _TIER0:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    shutil.rmtree(folder / "data" / "nlu")
    _copy_examples(folder, scale)


def _copy_examples(folder: Path, scale: Scale) -> None:
    """`data/nlu`, or as much of each of its files as the scale asks for, taken evenly from its first line to its last:
    a file's beginning is not like its end."""
    share = min(1.0, scale.examples / len(examples())) if scale.examples else 1.0
    for path in EXAMPLES.glob("*/*.yml"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [number for number, line in enumerate(lines) if EXAMPLE.match(line)]
        wanted = min(len(kept), max(4, round(len(kept) * share)))
        dropped = set(kept) - {kept[i * len(kept) // wanted] for i in range(wanted)}
        copy = folder / "data" / "nlu" / path.parent.name / path.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(
            "".join(line for number, line in enumerate(lines) if number not in dropped), encoding="utf-8"
        )


def examples_in(folder: Path) -> int:
    files = (path.read_text(encoding="utf-8") for path in (folder / "data" / "nlu").rglob("*.yml"))
    return sum(bool(EXAMPLE.match(line)) for text in files for line in text.splitlines())


def laid_out(system: System, build: Path, scale: Scale) -> Path:
    """The folder of exactly this system, as it is now; a model that was trained in it earlier is still there."""
    fresh = build / f"{system.name}-new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    system.lay_out(fresh, scale)
    folder = build / f"{system.name}-{_digest(system, fresh)}"
    if folder.exists():
        shutil.rmtree(fresh)
    else:
        fresh.rename(folder)
    return folder


def _digest(system: System, folder: Path) -> str:
    digest = hashlib.sha256(system.lock.read_bytes() + repr(system.train_command).encode())
    for path in _files(folder):
        digest.update(f"\0{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def trained(system: System, folder: Path) -> dict[str, Any]:
    """How long training took: now, with nothing kept from before, or when it was done with the same examples.

    Raises CalledProcessError."""
    record = folder / _TRAINED
    if record.exists():
        return json.loads(record.read_text(encoding="utf-8"))
    print(f"{system.title}: training ...", flush=True)
    for kept in ("models", "var", ".rasa"):
        shutil.rmtree(folder / kept, ignore_errors=True)
    (folder / "models").mkdir()
    (folder / "var").mkdir()
    log = folder / "train.log"
    load = os.getloadavg()[0]
    begun, used = time.monotonic(), _childrens_seconds()
    process = system.run(system.train_command, folder, log)
    while (code := _wait(process)) is None:
        print(f"    {(time.monotonic() - begun) / 60:.0f} min  {_last_words(log)}", flush=True)
    if code:
        raise subprocess.CalledProcessError(code, system.train_command, _last_words(log))
    figures = {
        "seconds": time.monotonic() - begun,
        "processor_seconds": _childrens_seconds() - used,
        "load": {"before": load, "after": os.getloadavg()[0]},
    }
    record.write_text(json.dumps(figures), encoding="utf-8")
    return figures


def _childrens_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(_HEARTBEAT_SECONDS)
    except subprocess.TimeoutExpired:
        return None
    except BaseException:
        process.terminate()
        raise


def _last_words(log: Path) -> str:
    """The last line, or the present state of a progress bar, which rewrites its line."""
    lines = log.read_text(encoding="utf-8", errors="replace").replace("\r", "\n").split("\n")
    return next((line.strip()[:100] for line in reversed(lines) if line.strip()), "")


def _environ() -> dict[str, str]:
    """Ours without what is meant for one of the systems only; each sets its own."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "TIER0_", "PYTHON"))
    }
    return {**kept, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "2"}
