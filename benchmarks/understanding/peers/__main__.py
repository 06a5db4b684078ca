"""python -m benchmarks.understanding.peers: trains, serves and asks Tier0 and two stock pipelines of Rasa, one by one.

What was measured stays in results.json and is measured again only where something that it depends on has changed: the
examples, the held-out sentences, a pipeline, a lock, Tier0's own code, or the machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.understanding.dataset import ROOT, Sentence, examples, held_out
from benchmarks.understanding.peers import table
from benchmarks.understanding.peers.environment import bytes_on_disk, make_environment
from benchmarks.understanding.peers.figures import answers, times, understanding
from benchmarks.understanding.peers.serving import quiet_pass
from benchmarks.understanding.peers.systems import Scale, System, examples_in, laid_out, systems, trained

BUILD = ROOT / "build" / "bench-understanding"
PAGE = ROOT / "docs" / "benchmarks.md"
RESULTS = Path(__file__).with_name("results.json")


def main() -> None:
    options = _options()
    scale = Scale(options.examples, options.epochs)
    trial = bool(options.sentences or options.epochs)
    results = BUILD / "trial.json" if trial else RESULTS
    sentences = held_out()
    if options.sentences:
        sentences = sentences[:: max(1, len(sentences) // options.sentences)]

    make_environment(BUILD)
    measured: dict[str, Any] = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
    known = systems(BUILD)
    for system in known:
        if options.only and system.name not in options.only:
            continue
        folder = laid_out(system, BUILD, scale)
        key = f"{folder.name} {_digest(sentences)} {_machine()['processor']}"
        if measured.get(system.name, {}).get("key") == key and not options.fresh:
            print(f"{system.title}: measured already", flush=True)
            continue
        if options.fresh:
            shutil.rmtree(folder)
            folder = laid_out(system, BUILD, scale)
        measured[system.name] = {"key": key, **_measure(system, folder, sentences, tries=1 if trial else 4)}
        results.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    text = table.render([(one.title, measured[one.name]) for one in known if one.name in measured])
    print(f"\n{text}")
    if not trial:
        table.write(PAGE, text)


def _measure(system: System, folder: Path, sentences: Sequence[Sentence], *, tries: int) -> dict[str, Any]:
    print(f"{system.title}: training ...", flush=True)
    training = trained(system, folder)
    print(
        f"{system.title}: trained in {training['seconds']:.0f} s; asking {len(sentences)} sentences ...",
        flush=True,
    )
    seen = quiet_pass(system, folder, sentences, tries=tries)
    figures = understanding(answers(sentences, seen.answers, gated=system.name == "tier0"))
    kept = [
        folder / system.model,
        *(path for name in system.caches for path in (folder / "var/cache").glob(name)),
    ]
    return {
        "day": date.today().isoformat(),
        "machine": _machine(),
        "examples": examples_in(folder),
        "examples_known": len(examples()),
        "training": training,
        "cold_start_seconds": seen.cold_start_seconds,
        "parse_milliseconds": times(seen.milliseconds),
        "messages_a_second": len(sentences) / seen.seconds,
        "memory_bytes": seen.memory_bytes,
        "model_bytes": sum(path.stat().st_size for path in kept),
        "environment_bytes": bytes_on_disk(system.python, system.lock),
        "load": {"before": seen.load_before, "others": seen.others},
        **figures,
    }


def _digest(sentences: Sequence[Sentence]) -> str:
    return hashlib.sha256(repr([(s.language, s.intent, s.text) for s in sentences]).encode()).hexdigest()[:12]


def _machine() -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return {
        "processor": next(
            (line.partition(": ")[2] for line in lines if line.startswith("model name")), "unknown"
        ),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding.peers", description=__doc__)
    parser.add_argument(
        "--fresh", action="store_true", help="train and measure again what was measured already"
    )
    parser.add_argument(
        "--only", action="append", metavar="SYSTEM", help="tier0, default or helpdesk; repeatable"
    )
    parser.add_argument("--examples", type=int, metavar="N", help="train all on the same N examples or so")
    trial = parser.add_argument_group("to try the benchmark itself; the page is then left alone")
    trial.add_argument("--epochs", type=int, metavar="N", help="train the peers for N epochs")
    trial.add_argument("--sentences", type=int, metavar="N", help="ask about N of the held-out sentences")
    return parser.parse_args()


if __name__ == "__main__":
    main()
