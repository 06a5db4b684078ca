"""The layers that tuning leaves alone, computed once a text by the engine's own arithmetic and kept in one file."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from bot.kb.encoder import EncoderText
from bot.nlu.engine import tokens
from bot.nlu.engine.fast import Embeddings, Window, batches, session
from bot.nlu.engine.graph import INPUT, STATES, build_lower
from bot.nlu.engine.weights import Weights

_MOST_TOKENS: Final = 120
_CORES: Final = 2

States = NDArray[np.float16]


class LowerStates:
    """The states of text i, (tokens, 384): `states[i]`. They lie in a file, a story's are 100 KB."""

    def __init__(self, states: States, starts: NDArray[np.int64]) -> None:
        self._states = states
        self._starts = starts

    def __getitem__(self, at: int) -> States:
        return self._states[self._starts[at] : self._starts[at + 1]]


def lower_states(weights: Weights, layers: int, texts: Sequence[EncoderText], file: Path) -> LowerStates:
    """Of all texts, in their order. Takes some three minutes for 50,000."""
    vocabulary = weights.vocabulary
    tokenizer = tokens.Tokenizer(tokens.build(vocabulary), vocabulary)
    windows = []
    for number, text in enumerate(texts):
        own = tokenizer.ids(text.kind, text.text)[:_MOST_TOKENS]
        windows.append(Window(number, [vocabulary.begin, *own, vocabulary.end], len(own)))
    starts = np.concatenate([[0], np.cumsum([len(window.ids) for window in windows])])
    shape = (int(starts[-1]), weights.shape.hidden)
    states: States = np.lib.format.open_memmap(file, mode="w+", dtype=np.float16, shape=shape)
    running = session(build_lower(weights, layers))
    embeddings = Embeddings(weights)

    def run(batch: Sequence[Window]) -> None:
        found = running.run([STATES], {INPUT: embeddings.embedded(batch)})[0]
        for window, rows in zip(batch, found, strict=True):
            states[starts[window.text] : starts[window.text + 1]] = rows

    grouped = list(batches(windows))
    with ThreadPoolExecutor(_CORES) as pool:
        list(tqdm(pool.map(run, grouped), total=len(grouped), desc="Lower layers"))
    return LowerStates(states, starts)
