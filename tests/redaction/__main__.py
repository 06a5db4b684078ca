"""How much redaction catches, half by half; the misses of the half that one works on."""

from __future__ import annotations

from servicedesk.redaction import redact
from tests.redaction.lists import LANGUAGES, caught, clean, half_of, passwords, touched


def main() -> None:
    for language in LANGUAGES:
        for half in ("work", "measure"):
            messages = [each for each in passwords(language) if half_of(each.text) == half]
            found, of = caught(messages)
            print(f"{language} {half:8}{found} of {of} ({found / of:.1%})")
            for message in messages if half == "work" else ():
                if message.leaks:
                    print(f"    {message.text}  =>  {redact(message.text).text}")
    for half in ("work", "measure"):
        texts = [text for text in clean() if half_of(text) == half]
        wrong = touched(texts)
        print(f"clean {half:8}{len(wrong)} of {len(texts)} ({len(wrong) / len(texts):.2%})")
        for text in wrong if half == "work" else ():
            print(f"    {text}  =>  {redact(text).text}")


if __name__ == "__main__":
    main()
