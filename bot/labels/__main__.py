"""python -m bot.labels: make the models of categories and facts, where they are not there yet."""

from __future__ import annotations

import os

# Before numpy: several threads of OpenMP hinder each other on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from bot.labels.model import MODELS, made


def main() -> None:
    for name in MODELS:
        print(f"{name}: {made(name)}")


if __name__ == "__main__":
    main()
