"""A reply's Markdown, read once for all platforms."""

from __future__ import annotations

import pytest
import yaml

from bot.responses import FOLDER, LANGUAGES
from connectors.richtext import Line, Span, parse, plain


def test_bold_links_code_and_lists():
    lines = parse(
        "**VPN** on [the page](https://x.example/a?b=1)\nnow\n\n1. Open `cmd`\n2. Run it\n   - or not"
    )
    assert lines == (
        Line(
            (
                Span("VPN", bold=True),
                Span(" on "),
                Span("the page", url="https://x.example/a?b=1"),
                Span("\nnow"),
            )
        ),
        Line((Span("Open "), Span("cmd", code=True)), "1."),
        Line((Span("Run it"),), "2."),
        Line((Span("or not"),), "-", 1),
    )


@pytest.mark.parametrize(
    "text",
    [
        "<b>x</b> &amp; <!here> <@U1> <https://evil.example|bank>",
        "snake_case a*b*c 2 * 3 \\* # no heading",
        "![picture](https://x.example/p.png",
        "[click](javascript:alert(1))",
    ],
)
def test_what_is_no_markup_stays_text(text: str):
    assert plain(text) == text
    assert not any(span.url or span.bold for line in parse(text) for span in line.spans)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_any_response_is_lost(language: str):
    texts = yaml.safe_load((FOLDER / f"{language}.yml").read_text(encoding="utf-8"))["responses"]
    for name, response in texts.items():
        kept = plain(response["text"])
        for word in response["text"].replace("*", " ").split():
            if "](" not in word and not word.startswith("["):
                assert word in kept, (name, word)


def test_plain_text_for_a_notification():
    assert plain("**Now**:\n\n1. one\n2. two") == "Now:\n1. one\n2. two"
