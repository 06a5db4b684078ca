"""Examples that the encoder's tuning leaves alone (tuning/corpus.py).

What a model has been tuned on looks surer than it is. The confidence of an intent is calibrated on these only."""

from __future__ import annotations

import hashlib
from typing import Final

from bot.nlu.text import clean

_ONE_IN: Final = 8


def is_unseen(example: str) -> bool:
    """Always the same answer for a sentence, whatever is written beside it later."""
    return hashlib.sha256(clean(example).casefold().encode()).digest()[0] % _ONE_IN == 0
