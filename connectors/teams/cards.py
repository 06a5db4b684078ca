"""A stored message as a Teams activity: plain words as text, everything else as an Adaptive Card of version 1.5.

https://adaptivecards.io/explorer/ has the elements; connectors.teams knows only those that Teams shows alike on
desktop, web and phone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from babel.dates import format_date

from connectors.outgoing import Outgoing
from connectors.preview import MAX_VALUE, PreviewLine, lines_of
from connectors.richtext import Line, Span, parse, plain
from connectors.teams.texts import text

CARD_TYPE = "application/vnd.microsoft.card.adaptive"
VERB = "press"
CODE_DIALOG = "code"
PREVIEW_DIALOG = "preview"
FIELD = "line"  # of its dialog: "line0"
SHORT = 60  # characters that fit into one line of the dialog
FACTORS = ("sms", "mail", "authenticator")
MAX_BYTES = 80 * 1024  # of about 100 KB, counted in UTF-16
MAX_SUMMARY = 200
MAX_SHORTENED = 4_000
MAX_BUTTON = 80  # longer titles are cut off on a phone
_MARKUP = re.compile(r"[\\*\[\]`]|(?<!\w)_|_(?!\w)")

Json = dict[str, Any]


def activity(message: Outgoing, *, private_chat: str) -> Json:
    """What is posted, or put in place of what was. `private_chat` is the address of the one-to-one chat."""
    language = message.conversation.language
    made: Json = {"type": "message", "locale": language or "en"}
    if _needs_card(message):
        content = card(message, private_chat=private_chat)
        if _size(content) > MAX_BYTES:
            content = _shortened(message, private_chat=private_chat)
        made["attachments"] = [{"contentType": CARD_TYPE, "content": content}]
        made["summary"] = _summary(message)
    else:
        made |= {"textFormat": "markdown", "text": _text_message(message)}
    if _asks_for_feedback(message):
        made["channelData"] = {"feedbackLoop": {"type": "default"}}
    return made


def card(message: Outgoing, *, private_chat: str) -> Json:
    """The card as it is now: what was chosen stands where the buttons were."""
    return _card(message, message.text, private_chat)


def code_dialog(language: str | None, *, digits: int, factor: str, nonce: str, wrong: bool = False) -> Json:
    """The card inside the dialog. What is typed there is submitted, and stands in no chat history (S3)."""
    label = f"code_{factor}" if factor in FACTORS else "code_other"
    body: list[Json] = []
    if wrong:
        body.append(_block(text("code_length", language), color="Attention", weight="Bolder"))
    body.append(
        {
            "type": "Input.Text",
            "id": "code",
            "label": text(label, language),
            "style": "Password",  # it only hides what is typed from those who look over a shoulder
            "maxLength": 24,
            "isRequired": True,
            "errorMessage": text("code_length", language),
        }
    )
    data = {"dialog": CODE_DIALOG, "digits": digits, "factor": factor, "nonce": nonce}
    send = {"type": "Action.Submit", "title": text("code_submit", language), "data": data}
    return {**_frame(language, body), "actions": [send]}


def preview_dialog(language: str | None, lines: Sequence[PreviewLine], button: str) -> Json:
    """A field a line; an empty one is left out."""
    body = [_block(text("preview_hint", language), isSubtle=True)]
    for number, line in enumerate(lines):
        body.append(
            {
                "type": "Input.Text",
                "id": f"{FIELD}{number}",
                "label": line.name,
                "value": line.value,
                "isMultiline": len(line.value) > SHORT or "\n" in line.value,
                "maxLength": MAX_VALUE,
            }
        )
    data = {"dialog": PREVIEW_DIALOG, "button": button}
    return {
        **_frame(language, body),
        "actions": [{"type": "Action.Submit", "title": text("send", language), "data": data}],
    }


def _card(message: Outgoing, markdown: str, private_chat: str) -> Json:
    language, custom = message.conversation.language, message.custom
    body = [*_author(message, language)]
    if custom.get("type") == "article":
        title = str(custom.get("title") or "")
        body.append(_block(_escaped(title), size="Large", weight="Bolder", style="heading"))
        body += _blocks(_without_title(markdown, title))
        body += _article_foot(custom, language)
    else:
        body += _blocks(markdown)
    if custom.get("type") == "reference" and custom.get("reference"):
        fact = {"title": text("reference", language), "value": str(custom["reference"])}
        body.append({"type": "FactSet", "facts": [fact], "spacing": "Medium"})
    if message.pressed:
        body.append(_block(_escaped(text("chosen", language, title=message.pressed)), isSubtle=True))
    elif custom.get("type") == "code_field" and message.closed:
        body.append(_block(f"✓ {text('code_given', language)}", isSubtle=True))
    actions = [*_custom_actions(message, language, private_chat), *_choices(message)]
    if actions:
        body.append({"type": "ActionSet", "actions": actions, "spacing": "Medium"})
    made = {**_frame(language, body), "fallbackText": plain(markdown)[:MAX_SHORTENED]}
    return {**made, "msteams": {"width": "Full"}} if custom.get("type") == "article" else made


def _frame(language: str | None, body: Sequence[Json]) -> Json:
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "lang": language or "en",
        "body": list(body),
    }


def _author(message: Outgoing, language: str | None) -> Iterator[Json]:
    """Bot or person is always told apart (S12)."""
    if message.author == "bot":
        return
    yield _block(_escaped(_author_line(message, language)), weight="Bolder", isSubtle=True, size="Small")


def _author_line(message: Outgoing, language: str | None) -> str:
    if message.author == "agent":
        return text("from_agent", language, name=message.author_name or "L1")
    return text("from_it", language)


def _article_foot(custom: Json, language: str | None) -> Iterator[Json]:
    details = []
    if custom.get("reviewed"):
        details.append(text("article_reviewed", language, date=_date(str(custom["reviewed"]), language)))
    if custom.get("owner"):
        details.append(text("article_owner", language, owner=custom["owner"]))
    if details:
        yield _block(_escaped(" · ".join(details)), size="Small", isSubtle=True, spacing="Medium")


def _custom_actions(message: Outgoing, language: str | None, private_chat: str) -> Iterator[Json]:
    custom = message.custom
    kind = custom.get("type")
    if kind == "code_field" and not message.closed and not message.pressed:  # another way was chosen
        data = {
            "msteams": {"type": "task/fetch"},
            "dialog": CODE_DIALOG,
            "digits": int(custom.get("digits") or 6),
            "factor": str(custom.get("factor") or ""),
        }
        yield {
            "type": "Action.Submit",
            "title": text("code_enter", language),
            "style": "positive",
            "data": data,
        }
    elif lines_of(custom) and message.live:
        data = {"msteams": {"type": "task/fetch"}, "dialog": PREVIEW_DIALOG}
        yield {"type": "Action.Submit", "title": text("preview_edit", language), "data": data}
    elif kind == "link" and _is_web(custom.get("url")):
        yield {"type": "Action.OpenUrl", "title": _title(custom.get("title")), "url": custom["url"]}
    elif kind == "article" and _is_web(custom.get("url")):
        yield {"type": "Action.OpenUrl", "title": text("whole_article", language), "url": custom["url"]}
    elif kind == "go_private":
        yield {"type": "Action.OpenUrl", "title": text("open_private", language), "url": private_chat}


def _choices(message: Outgoing) -> Iterator[Json]:
    for choice in message.live:
        title, data = _title(choice.title), {"button": choice.token}
        yield {
            "type": "Action.Execute",
            "title": title,
            "verb": VERB,
            "data": data,
            "associatedInputs": "none",
            "fallback": {"type": "Action.Submit", "title": title, "data": data},
        }


def _needs_card(message: Outgoing) -> bool:
    if message.choices or message.custom:
        return True
    return any(line.marker for line in parse(message.text))  # lists in text: on desktop only


def _asks_for_feedback(message: Outgoing) -> bool:
    return message.custom.get("type") == "article" and bool(message.live)


def _text_message(message: Outgoing) -> str:
    said = "\n\n".join(_markdown(line) for line in parse(message.text))
    if message.author == "bot":
        return said
    return f"**{_escaped(_author_line(message, message.conversation.language))}**\n\n{said}"


def _blocks(markdown: str) -> Iterator[Json]:
    """A paragraph a block; a list is one block, so that its lines stay together."""
    items: list[str] = []
    for line in parse(markdown):
        if line.marker:
            items.append(f"{line.marker} {_markdown(line)}")
            continue
        if items:
            yield _block("\n".join(items))
            items = []
        yield _block(_markdown(line))
    if items:
        yield _block("\n".join(items))


def _markdown(line: Line) -> str:
    separator = " " if line.marker else "\n\n"  # a single line break is a space here
    return separator.join("".join(_span(span) for span in line.spans).split("\n"))


def _span(span: Span) -> str:
    escaped = _escaped(span.text)
    if span.bold and escaped.strip():
        escaped = "\n".join(f"**{part.strip()}**" if part.strip() else part for part in escaped.split("\n"))
    if span.url:
        return f"[{escaped}]({span.url.replace('(', '%28').replace(')', '%29')})"
    return escaped


def _escaped(words: str) -> str:
    """So that nobody's words become markup (U10)."""
    return _MARKUP.sub(lambda found: "\\" + found.group(), words)


def _block(words: str, **style: Any) -> Json:
    return {"type": "TextBlock", "text": words, "wrap": True, **style}


def _without_title(markdown: str, title: str) -> str:
    heading = f"**{title}**"
    return markdown[len(heading) :].lstrip() if title and markdown.startswith(heading) else markdown


def _shortened(message: Outgoing, *, private_chat: str) -> Json:
    """Larger than Teams takes: the beginning of it, with its buttons."""
    return _card(message, plain(message.text)[:MAX_SHORTENED] + "…", private_chat)


def _summary(message: Outgoing) -> str:
    """What the notification says."""
    return " ".join(plain(message.text).split())[:MAX_SUMMARY]


def _title(title: Any) -> str:
    words = str(title or "…")
    return words if len(words) <= MAX_BUTTON else words[: MAX_BUTTON - 1] + "…"


def _size(content: Json) -> int:
    return len(json.dumps(content, ensure_ascii=False).encode("utf-16-le", "surrogatepass"))


def _is_web(url: Any) -> bool:
    return isinstance(url, str) and url.startswith(("https://", "http://"))


def _date(iso: str, language: str | None) -> str:
    try:
        return format_date(
            date.fromisoformat(iso), format="medium", locale=_LOCALES.get(language or "en", "en_GB")
        )
    except ValueError:
        return iso


_LOCALES = {"nb": "nb", "sv": "sv", "de": "de", "en": "en_GB"}
