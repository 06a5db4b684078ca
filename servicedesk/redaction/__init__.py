"""Takes secrets and personal numbers out of a text before anything is stored or handed on (D3).

What is taken out is replaced by a marker, so that a reader still sees what kind of thing stood there. Ticket
numbers, error codes, versions, dates and addresses stay: without them a ticket says nothing. All patterns are
linear and bounded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from servicedesk.redaction.cues import cued_spans, lone_secret
from servicedesk.redaction.kinds import Kind, Span
from servicedesk.redaction.numbers import number_spans
from servicedesk.redaction.phrases import lone_phrase, phrase_spans
from servicedesk.redaction.shapes import shape_spans
from servicedesk.redaction.tokens import token_spans

__all__ = ["Kind", "Redacted", "redact"]

# Invisible characters inside a word would hide it from every pattern; between emoji they mean something.
_INVISIBLE = re.compile(r"(?<=\w)[\u00ad\u200b-\u200d\u2060\ufeff]{1,8}(?=\w)")


@dataclass(frozen=True, slots=True)
class Redacted:
    text: str
    found: tuple[str, ...]  # kinds that were taken out, each once: "password", "code", ...

    @property
    def password(self) -> bool:
        """Whether a password was written: it is burnt, and the employee should be told (D3)."""
        return Kind.PASSWORD.value in self.found


def redact(text: str, *, after_prompt: bool = False) -> Redacted:
    """The text with markers in place of secrets. The same text again after that stays as it is.

    `after_prompt`: something has just asked for a secret, so a message of one word is taken for it."""
    visible = _INVISIBLE.sub("", text)
    scan = _plain(visible)
    known = [*token_spans(scan), *number_spans(scan)]  # by their form, which says more than standing alone
    lone = None if known else lone_secret(scan, after_prompt=after_prompt)
    if after_prompt and not (known or lone):
        lone = lone_phrase(scan)
    return _replace(
        visible, [lone] if lone else [*known, *cued_spans(scan), *shape_spans(scan), *phrase_spans(scan)]
    )


def _replace(text: str, spans: Iterable[Span]) -> Redacted:
    parts: list[str] = []
    found: list[str] = []
    position = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if span.start < position:
            if span.end > position:  # overlaps what has just been taken out: the rest goes too
                position = span.end
            continue
        parts += [text[position : span.start], f"[{span.kind.value}]"]
        position = span.end
        if text[span.start : span.end] != f"[{span.kind.value}]":
            found.append(span.kind.value)
    return Redacted("".join([*parts, text[position:]]), tuple(dict.fromkeys(found)))


def _plain(text: str) -> str:
    """The text, as long as before, with full-width and foreign digits and letters as ASCII ones."""
    if text.isascii():
        return text
    return "".join(_ascii(character) if character > "\u05ff" else character for character in text)


def _ascii(character: str) -> str:
    if "\uff01" <= character <= "\uff5e":
        return chr(ord(character) - 0xFEE0)
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)
