"""The figures as Markdown, between two marker comments of docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tabulate import tabulate

from benchmarks.understanding.peers.figures import Right, right
from bot.nlu.language import LANGUAGES

BEGIN = "<!-- make bench-understanding: begin -->"
END = "<!-- make bench-understanding: end -->"

Measured = dict[str, Any]
Row = tuple[str, Callable[[Measured], str]]

_MB = 1e6


def write(page: Path, text: str) -> None:
    """Replaces what stands between the markers. Raises ValueError where they are missing."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} lacks the comments between which the table belongs")
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def render(systems: Sequence[tuple[str, Measured]]) -> str:
    titles = [title for title, _ in systems]
    measured = [figures for _, figures in systems]
    figures = [[name, *(cell(one) for one in measured)] for name, cell in _rows()]
    return "\n\n".join(
        [
            _circumstances(measured),
            tabulate(figures, ["", *titles], tablefmt="github", disable_numparse=True),
            _leads(systems),
            f"**By intent**: per cent right, best guess, {' / '.join(LANGUAGES)}.",
            tabulate(
                list(_intents(measured)),
                ["intent", "sentences", *titles],
                tablefmt="github",
                disable_numparse=True,
            ),
        ]
    )


def _rows() -> Iterator[Row]:
    for counted, part in (("best guess", _guess), ("as answered", _said)):
        for language in LANGUAGES:
            yield f"right, {counted}: {language}", partial(_right, part, language)
        yield f"right, {counted}: all", partial(_right, part, None)
    yield "asks back", lambda m: _share(m["asked_back"] / right(m).count)
    yield "parse, p50", lambda m: f"{m['parse_milliseconds']['p50']:.1f} ms"
    yield "parse, p95", lambda m: f"{m['parse_milliseconds']['p95']:.1f} ms"
    yield "messages a second", lambda m: f"{m['messages_a_second']:.0f}"
    yield "training", lambda m: f"{m['training']['seconds']:,.0f} s"
    yield "training, processor time", lambda m: f"{m['training']['processor_seconds']:,.0f} s"
    yield "memory when serving", lambda m: f"{m['memory_bytes'] / _MB:,.0f} MB"
    yield "cold start to the first answer", lambda m: f"{m['cold_start_seconds']:.1f} s"
    yield "model on disk", lambda m: f"{m['model_bytes'] / _MB:,.0f} MB"
    yield "environment on disk", lambda m: f"{m['environment_bytes'] / _MB:,.0f} MB"
    yield "busy cores of others while timing", lambda m: f"{m['load']['others']:.2f}"


def _intents(measured: Sequence[Measured]) -> Iterator[list[str]]:
    names = {name for intents in measured[0]["right"].values() for name in intents}
    for name in sorted(names, key=lambda name: (-right(measured[0], intent=name).count, name)):
        counts = str(right(measured[0], intent=name).count)
        yield [f"`{name}`", counts, *(_four(one, name) for one in measured)]


def _four(measured: Measured, intent: str) -> str:
    found = [right(measured, language, intent) for language in LANGUAGES]
    return " / ".join(f"{_guess(one) * 100:.0f}" if one.count else "-" for one in found)


def _circumstances(measured: Sequence[Measured]) -> str:
    first = measured[0]
    machine = first["machine"]
    days = sorted({one["day"] for one in measured})
    return (
        f"{_examples(measured)}, {right(first).count:,} held-out sentences; {machine['cores']} cores of "
        f"{machine['processor']}, {machine['memory_bytes'] / 1e9:.0f} GB; measured {' to '.join(days)}."
    )


def _examples(measured: Sequence[Measured]) -> str:
    counts = sorted({(one["examples"], one["examples_known"]) for one in measured})
    return " and ".join(
        f"all {known:,} examples" if taken == known else f"{taken:,} of {known:,} examples, taken evenly"
        for taken, known in counts
    )


def _leads(systems: Sequence[tuple[str, Measured]]) -> str:
    (own_title, own), *peers = systems
    if not peers:
        return ""
    said = []
    for title, peer in peers:
        leads = {one: (_guess(right(own, one)) - _guess(right(peer, one))) * 100 for one in LANGUAGES}
        said.append(f"{', '.join(f'{one} {lead:+.1f}' for one, lead in leads.items())} points to {title}")
    return f"{own_title}'s lead, best guess against best guess: {'; '.join(said)}."


def _right(part: Callable[[Right], float], language: str | None, measured: Measured) -> str:
    return _share(part(right(measured, language)))


def _guess(found: Right) -> float:
    return found.guess / found.count


def _said(found: Right) -> float:
    return found.said / found.count


def _share(part: float) -> str:
    return f"{part:.1%}"
