"""What is said about a security incident that is open: that it is none, or one of the questions that everybody asks then.

The words stand in security_talk.yml; they mean nothing in a conversation that has reported no incident."""

from __future__ import annotations

import re
from pathlib import Path

from servicedesk.talk_patterns import LONGEST, patterns_of, plain, says

FILE = Path(__file__).with_name("security_talk.yml")
NOT_AN_INCIDENT, ONLY_WANTS, ASKS, NAMED_OTHERS = "not_an_incident", "only_wants", "asks", "named_others"
BROWSER_WARNS, ANOTHER_MATTER = "browser_warns", "another_matter"
# What is asked: who calls and when, what IT has done, whether one must call, tell the manager, tell those concerned ...
CALLED, CALL_ME, STATUS, ENOUGH, BOSS, OTHERS = "called", "call_me", "status", "enough", "boss", "others"
NETWORK, SWITCH_OFF, WORK, PASSWORD = "network", "switch_off", "work", "password"
REMOVE, RECALL = "remove", "recall"
NUMBER, INTRUDER, PULL_OUT = "number", "intruder", "pull_out"
# Shall I tell reception, speak to the stranger, ring the bank?
GUARDS, CONFRONT, BANK = "guards", "confront", "bank"
QUESTIONS = (
    CALLED, STATUS, ENOUGH, BOSS, OTHERS, NETWORK, SWITCH_OFF, WORK, PASSWORD, REMOVE, RECALL,
    NUMBER, INTRUDER, PULL_OUT, GUARDS, CONFRONT, BANK,
)  # fmt: skip
TELLING = 3  # words beside the denial, from which on they describe what is wrong
_PARTS = re.compile(r"[^.!?;,:\n]+[.!?;,:\n]*")
_SENTENCES = re.compile(r"[^.!?;\n]+[.!?;\n]*")
# Where both are seen in one sentence, the first is what is meant: "switch the Wi-Fi off", "ask him to delete it".
_GOES_BEFORE = (
    (NETWORK, SWITCH_OFF),
    (NETWORK, PULL_OUT),
    (PULL_OUT, REMOVE),
    (NUMBER, ENOUGH),
    (NUMBER, OTHERS),
    (NUMBER, CALLED),
    (INTRUDER, STATUS),
    (GUARDS, CALLED),
    (GUARDS, ENOUGH),
    (GUARDS, OTHERS),
    (BANK, CALLED),
    (BANK, ENOUGH),
    (BANK, NUMBER),
    (BANK, OTHERS),
    (BANK, RECALL),
    (CONFRONT, OTHERS),
    (OTHERS, REMOVE),
    (ENOUGH, CALLED),
    (OTHERS, RECALL),
    (CALLED, STATUS),
)


def is_denial(text: str) -> bool:
    """Whether these words say that it is no security incident. The question whether it is one says nothing."""
    return any(_denies(part) for part in _parts(text))


def is_another_matter(text: str) -> bool:
    """ "This is something else" says so; "should I do something else" asks about the incident."""
    return any(
        "?" not in each and _says(ANOTHER_MATTER, each) and not _says(ASKS, plain(each))
        for each in _parts(text)
    )


def beside_the_denial(text: str) -> str:
    """The parts of the sentence that say something else; "" where that is too little to describe a problem."""
    rest = "".join(part for part in _parts(text) if not _says(NOT_AN_INCIDENT, plain(part))).strip(" ,;:")
    return rest if len(rest.split()) >= TELLING else ""


def quotes_a_warning(text: str) -> bool:
    """Whether these are the words with which browsers warn of a page: "attackers might be trying to steal your data"."""
    return _says(BROWSER_WARNS, plain(text))


def questions_in(text: str) -> list[str]:
    """All that these words ask of QUESTIONS, each once, in their order; a call that is wished for counts as asked for."""
    found: list[str] = []
    for sentence in _SENTENCES.findall(text[:LONGEST]):
        found += _asked_in(plain(sentence))
    return list(dict.fromkeys(found))


def asks(text: str) -> bool:
    """Whether anything is asked, with its mark or without one."""
    return "?" in text or any(_says(ASKS, plain(each)) for each in _SENTENCES.findall(text[:LONGEST]))


def _asked_in(sentence: str) -> list[str]:
    if "?" not in sentence and not _says(ASKS, sentence):
        return [CALLED] if _says(CALL_ME, sentence) else []
    found = {kind: at.start() for kind in QUESTIONS if (at := patterns_of(FILE)[kind].search(sentence))}
    for first, second in _GOES_BEFORE:
        if first in found:
            found.pop(second, None)
    if (BOSS in found or ENOUGH in found) and not _says(NAMED_OTHERS, sentence):
        found.pop(OTHERS, None)
    return sorted(found, key=lambda kind: found[kind])


def _denies(part: str) -> bool:
    said = plain(part)
    return "?" not in part and (_says(NOT_AN_INCIDENT, said) or _says(ONLY_WANTS, said))


def _says(kind: str, words: str) -> bool:
    return says(FILE, kind, words)


def _parts(text: str) -> list[str]:
    return _PARTS.findall(text[:LONGEST])
