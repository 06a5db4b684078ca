"""How much redaction catches, half by half; the misses of the half that one works on."""

from __future__ import annotations

from servicedesk.redaction import redact
from tests.redaction.lists import (
    BLIND_LANGUAGES,
    LANGUAGES,
    Half,
    Message,
    blind_clean,
    blind_passwords,
    caught,
    clean,
    half_of,
    passwords,
    touched,
)

HALVES: tuple[Half, Half] = ("work", "measure")


def main() -> None:
    for language in LANGUAGES:
        for half in HALVES:
            _show(language, half, [each for each in passwords(language) if half_of(each.text) == half])
    for half in HALVES:
        _show_clean("clean", half, [text for text in clean() if half_of(text) == half])
    for language in BLIND_LANGUAGES:
        for half in HALVES:
            _show(f"blind {language}", half, blind_passwords(language, half))
    for half in HALVES:
        _show_clean("blind clean", half, blind_clean(half))


def _show(name: str, half: Half, messages: list[Message] | tuple[Message, ...]) -> None:
    found, of = caught(messages)
    print(f"{name} {half:8}{found} of {of} ({found / of:.1%})")
    for message in messages if half == "work" else ():
        if message.leaks:
            print(f"    {message.text}  =>  {redact(message.text, after_prompt=message.after_prompt).text}")


def _show_clean(name: str, half: Half, texts: list[str]) -> None:
    wrong = touched(texts)
    print(f"{name} {half:8}{len(wrong)} of {len(texts)} ({len(wrong) / len(texts):.2%})")
    for text in wrong if half == "work" else ():
        print(f"    {text}  =>  {redact(text).text}")


if __name__ == "__main__":
    main()
