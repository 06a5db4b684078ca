"""python -m benchmarks.kb: how well and how fast the knowledge base is searched; written into docs/benchmarks.md."""

from __future__ import annotations

import os

# Before numpy: one core, as beside the rest of a server.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.kb import growth, quality
from benchmarks.kb.queries import dev_queries
from benchmarks.kb.systems import Bm25, EmbeddingsAlone, Fts5, Tier0
from bot.kb.ranking import load
from bot.kb.search import KnowledgeBase

REPORT = Path("docs/benchmarks.md")
_BEGIN, _END = "<!-- make bench-kb, {}: begin -->", "<!-- make bench-kb, {}: end -->"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kb", description=__doc__)
    parser.add_argument("--sizes", nargs="*", type=int, default=growth.SIZES, help="articles to grow to")
    parser.add_argument("--parts", nargs="*", choices=("quality", "growth"), default=("quality", "growth"))
    options = parser.parse_args()
    base = KnowledgeBase.open(Path("kb_articles"), Path("var/cache"))
    if "quality" in options.parts:
        written("quality", compared(base))
    if "growth" in options.parts:
        lines = [growth.HEADER]
        print(growth.HEADER)

        def report(row: str) -> None:
            print(row, flush=True)
            lines.append(row)

        growth.grown(options.sizes, base, report)
        written("growth", lines)


def compared(base: KnowledgeBase) -> list[str]:
    own, dev = quality.own_questions(base.articles), dev_queries()
    vectors = [quality.vectors_of(queries, base.embeddings) for queries in (own, dev)]
    lines = [quality.HEADER]
    for system in (
        Tier0(base.index, load()),
        Bm25(base.articles),
        EmbeddingsAlone(base.index),
        Fts5(base.articles),
    ):
        answers = [
            quality.asked(system, queries, given) for queries, given in zip((own, dev), vectors, strict=True)
        ]
        lines.extend(quality.rows(system, *answers))
    lines[1:] = sorted(lines[1:], key=lambda line: "nb sv de en".index(line[2:4]))
    print("\n".join(lines))
    return lines


def written(part: str, lines: Sequence[str]) -> None:
    """Puts the lines between their markers, which are added at the end where they are missing."""
    begin, end = _BEGIN.format(part), _END.format(part)
    text = REPORT.read_text(encoding="utf-8") if REPORT.exists() else "# Benchmarks\n"
    if begin not in text:
        text += f"\n{begin}\n{end}\n"
    head, rest = text.split(begin, 1)
    tail = rest.split(end, 1)[1]
    REPORT.write_text(f"{head}{begin}\n\n" + "\n".join(lines) + f"\n\n{end}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
