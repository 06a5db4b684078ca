"""What the requester took back at the preview, taken out of the transcript: the clause that said it, and nothing beside it.

What they left standing in another line is in the packet by their own will, and so it stays where it was said. A clause that
told other facts as well stays too: half of an answer says what nobody meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from servicedesk.handover.clauses import Span, clauses, sentences
from servicedesk.handover.packet import STRUCK, Line

_MEANING = re.compile(
    r" \([^()]*\)$"
)  # "yes (only me)": the words were "yes", which say nothing without their question
_PARTS = re.compile(r"; |, ")


def without(lines: Sequence[Line], struck: Iterable[str], kept: Collection[str]) -> tuple[Line, ...]:
    """`kept` is what the packet says still: the request, its facts and answers."""
    left = list(lines)
    for value in struck:
        bare = value.strip()
        if bare and not _stands_in_any(bare, kept):
            left = [_unshown(line, bare) for line in left]
            if not _MEANING.search(bare):
                _take_out(left, bare, kept)
    return tuple(left)


def _unshown(line: Line, value: str) -> Line:
    """Our own preview said it in a line of its own."""
    if line.author != "bot":
        return line
    shown = re.escape(" ".join(value.split()))
    return replace(
        line, text=re.sub(rf"(?m)^(\d+\. \*\*[^*\n]+:\*\* ){shown}$", rf"\g<1>{STRUCK}", line.text)
    )


def _take_out(lines: list[Line], value: str, kept: Collection[str]) -> None:
    """From the first message that said it; where it was put together of several answers, each part from its own."""
    found = False
    for at, line in enumerate(lines):
        if line.author != "employee" or not (said := _search(value, line.text)):
            continue
        found = True
        spans = [each for each in _clauses(line.text) if each[0] < said.end() and said.start() < each[1]]
        gone = [each for each in spans if not _tells_more(line.text[slice(*each)], kept)]
        if gone:
            lines[at] = replace(line, text=_cut(line.text, gone))
            return
    parts = [each.strip() for each in _PARTS.split(value)]
    if not found and len(parts) > 1:
        for each in parts:
            if not _stands_in_any(each, kept):
                _take_out(lines, each, kept)


def _tells_more(clause: str, kept: Collection[str]) -> bool:
    words = clause.strip(" .!?,;")
    return any(_search(words, each) or _search(each.strip(" .!?,;"), words) for each in kept if each.strip())


def _cut(text: str, spans: Sequence[Span]) -> str:
    """With one mark for clauses that stand side by side."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and not re.search(r"\w", text[joined[-1][1] : start]):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    for start, end in reversed(joined):
        text = text[:start] + STRUCK + text[end:]
    return text


def _clauses(text: str) -> list[Span]:
    return [span for sentence in sentences(text) for span in clauses(text, sentence)]


def _stands_in_any(value: str, texts: Iterable[str]) -> bool:
    return any(_search(value, each) for each in texts)


def _search(value: str, text: str) -> re.Match[str] | None:
    """As whole words, whatever their case and the blanks between them."""
    words = r"\s+".join(map(re.escape, value.strip(" .!?,;").split()))
    return re.search(rf"(?<!\w){words}(?!\w)", text, re.I) if words else None
