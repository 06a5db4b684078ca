"""A small knowledge base in a temporary folder, and an encoder that costs nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from bot.kb.encoder import Matrix
from bot.kb.ranking import FEATURES, WORD_FEATURES, Ranking
from bot.kb.search import KnowledgeBase
from bot.rasa import prepare

prepare()  # before a test imports Rasa

VPN = """---
id: vpn-connect
language: en
title: Connect to VPN when it refuses
summary: Gets you into the company network from home.
keywords: [vpn, cisco, home office, remote]
services: [vpn]
audience: all
owner: Network team
reviewed: 2026-10-15
review_every_days: 180
revision: 2
questions:
  - cannot reach the vpn from home
  - cisco says connection failed
---
## What you see
- The client says **Connection attempt failed**.

## On Windows
1. Open **Cisco Secure Client**.
2. Choose the profile and select **Connect**.
   Wait for a minute.
3. Approve the request, see [moving your phone](mfa-new-phone.md#transfer).

## In a hotel or on a train
1. Open a browser and accept the hotel's page.
2. Connect afterwards.

## How to know it worked
The padlock in the taskbar is closed.

## If that does not help
1. Restart the computer.

## When to stop and contact us
Call us when it says you have no permission.
"""

PRINTER = """---
id: printer-add
language: en
title: Add the office printer
summary: Print from your laptop on any floor.
keywords: [printer, printing, queue]
services: [print]
audience: all
owner: Workplace team
reviewed: 2026-10-15
review_every_days: 180
revision: 1
questions:
  - how do i add a printer
  - no printer shows up on my new laptop
---
## What you see
There is no printer to choose.

## Add it
1. Open **Settings** and **Printers**.
2. Select **Add device**.

## How to know it worked
A test page comes out.

## When to stop and contact us
Call us when the paper jams.
"""

PHONE = """---
id: mfa-new-phone
language: en
title: Move the authenticator to a new phone
summary: Sign in again after you changed your mobile phone.
keywords: [mfa, authenticator, mobile, two-factor]
services: [identity]
audience: all
owner: Identity team
reviewed: 2026-10-15
review_every_days: 180
revision: 1
questions:
  - new phone and authenticator is empty
  - how to transfer two-factor codes
---
## What you see
The new phone never asks for approval.

## Transfer
1. Open the page for **security info**.
2. Add the new phone and remove the old one.

## How to know it worked
The new phone asks for approval.

## When to stop and contact us
Call us at once when the old phone was stolen.
"""

VPN_NB = """---
id: vpn-connect
language: nb
title: Koble til VPN når det ikke vil
summary: Slik kommer du inn på bedriftsnettet hjemmefra.
keywords: [vpn, cisco, hjemmekontor, fjernpålogging]
services: [vpn]
audience: all
owner: Nettverksteamet
reviewed: 2026-10-15
review_every_days: 180
source_revision: 2
questions:
  - får ikke koblet til vpn hjemmefra
  - cisco sier at tilkoblingen feilet
---
## Dette ser du
Klienten sier at tilkoblingen ikke gikk.

## På Windows
1. Åpne **Cisco Secure Client**.
2. Velg profilen og klikk **Koble til**.

## Slik ser du at det virket
Hengelåsen er lukket.

## Stopp og ta kontakt
Ring oss når du mangler tilgang.
"""

SOURCES = {
    "en/vpn-connect.md": VPN,
    "en/printer-add.md": PRINTER,
    "en/mfa-new-phone.md": PHONE,
    "nb/vpn-connect.md": VPN_NB,
}


@cache
def _vector(word: str) -> Matrix:
    seed = int.from_bytes(hashlib.blake2b(word.strip(".,*").encode(), digest_size=4).digest(), "big")
    return np.random.default_rng(seed).normal(size=384)


class WordEncoder:
    """Adds up a fixed random vector a word: texts with the same words are close. Notes what it is asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def query(self, texts: Sequence[str]) -> Matrix:
        return self._encode(texts)

    def passage(self, texts: Sequence[str]) -> Matrix:
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Matrix:
        self.texts.extend(texts)
        return np.stack([self._one(text) for text in texts]).astype(np.float32)

    @staticmethod
    def _one(text: str) -> Matrix:
        total = sum(map(_vector, text.casefold().split()), np.zeros(384))
        return np.asarray(total / (np.linalg.norm(total) or 1.0), np.float32)


class BrokenEncoder:
    """An engine that does not start."""

    def query(self, texts: Sequence[str]) -> Matrix:
        raise RuntimeError("no engine")

    passage = query


@pytest.fixture
def articles_dir(tmp_path: Path) -> Path:
    root = tmp_path / "kb_articles"
    for name, source in SOURCES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(source, encoding="utf-8")
    return root


@pytest.fixture
def cache_dir(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def broken_encoder() -> BrokenEncoder:
    return BrokenEncoder()


@pytest.fixture
def ranking() -> Ranking:
    """Weights that suit the word encoder."""
    assert FEATURES[-1] == WORD_FEATURES[-1] == "bias"
    weights = np.array([6.0, 6.0, 4.0, 2.0, 0.0, -4.0])
    return Ranking(weights, np.array([7.0, 9.0, 0.0, -5.0]), 0.5)


@pytest.fixture(autouse=True)
def no_article_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this small base is known to have nothing on."""
    known = {"en": ("how is the weather today", "book a table for lunch")}
    monkeypatch.setattr("bot.kb.index.unanswerable", lambda language: known.get(language, ()))


@pytest.fixture
def open_base(
    articles_dir: Path, cache_dir: Path, encoder: WordEncoder, ranking: Ranking
) -> Callable[[], KnowledgeBase]:
    """Opens the base as a process at its start would."""
    return lambda: KnowledgeBase.open(articles_dir, cache_dir, encoder=encoder, ranking=ranking)


@pytest.fixture
def base(open_base: Callable[[], KnowledgeBase]) -> KnowledgeBase:
    return open_base()
