"""From one article to the next: show the best, ask which is meant, go on when it did not help, and end with a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rasa_sdk.events import FollowupAction, SlotSet

from actions.article import article_of, note, show
from actions.matter import Matter, matter_of
from actions.problem import A_VERDICT, FITS
from actions.turn import Events, Turn, choice
from bot.kb.answer import is_certain
from bot.kb.choosing import Hit, chance, likely, open_between
from bot.kb.signs import telling_signs
from bot.nlu.ordinals import place
from servicedesk.feedback import Verdict

# The slot `awaiting` after an article, and after the question which article is meant.
VERDICT, WHICH = "kb_feedback", "which_article"
NONE_OF_THEM = "-"  # no article can be named so
TELLING = ("kb_question", "nlu_fallback", "affirm")  # intents of words that may say which article it is
# What somebody wants that badly is never an answer to a question of ours about articles.
BEFORE_ANY_ARTICLE = ("report_security_incident", "distress", "talk_to_human", "cancel")


def answered(turn: Turn, matter: Matter) -> Events:
    """What these words get: an article, the question which one, or a person where articles were tried enough."""
    # What is certain is worth more than a person's time, however much has failed before it.
    tried_enough = bool(matter.failed) and enough(turn, matter) and not is_certain(matter.left)
    return (None if tried_enough else go_on(turn, matter)) or nothing_left(turn, matter)


def go_on(turn: Turn, matter: Matter, *, intro: str | None = None) -> Events | None:
    """Show the best article that is left, or ask between those that may be meant; None where none is worth showing."""
    left = matter.left[:1] + likely(matter.left[1:]) if matter.is_new else likely(matter.left)
    between = [] if matter.asked else open_between(left, matter.question)
    if between:
        asked = _ask(turn, matter, between)
        if asked:
            return asked
    for hit in left:
        if show(turn, hit, intro=intro):
            note(turn, Verdict.SHOWN, hit, question=matter.question)
            return [replace(matter, shown=hit).remembered, SlotSet("awaiting", VERDICT)]
    return None


def not_solved(turn: Turn) -> Events:
    """The article that was shown did not help: the next best one, else a person."""
    matter = matter_of(turn)
    if matter.shown:
        note(turn, Verdict.NOT_SOLVED, matter.shown, question=matter.question)
        matter = matter.put_aside(failed=True)
    told = [hit for hit in turn.articles if hit["id"] not in matter.tried]
    if len(turn.typed.split()) > A_VERDICT and told and chance(told[0]) >= FITS:
        # "That is not it, it is the camera": what they say of it now finds more than what they asked before.
        matter = replace(matter, hits=told)
    if not enough(turn, matter):
        shown = go_on(turn, matter, intro="utter_kb_next")
        if shown:
            return shown
    return [matter.remembered, *offer_person(turn, "utter_kb_no_more")]


def enough(turn: Turn, matter: Matter) -> bool:
    """Whether it is time for a person: too many answers failed, too long ago asked, or one article too many to read."""
    criteria = turn.services.handover.criteria
    failed = 1 if criteria.needs_access(matter.question) else criteria.failed_answers
    now = turn.services.clock.now()
    too_long = bool(matter.begun) and now - matter.begun_at >= criteria.longest
    return len(matter.failed) >= failed or too_long


def chosen(turn: Turn, article: str | None) -> Events:
    """The employee has said which of the articles it is, or none of them."""
    matter = matter_of(turn)
    hit = next((each for each in matter.options if each["id"] == article), None)
    if turn.slot("awaiting") != WHICH or (hit is None and article != NONE_OF_THEM):
        turn.say("utter_button_done")
        return []
    titles = [str(each["title"]) for each in matter.options]
    if hit is None:
        turned_down = tuple(dict.fromkeys((*matter.turned_down, *titles)))
        return _none_of_them(turn, replace(matter, turned_down=turned_down))
    question = "Which of these it is: " + "; ".join(titles)
    matter = replace(matter, answers={**matter.answers, question: hit["title"]})
    rest = [each for each in matter.hits if each is not hit]
    return go_on(turn, replace(matter, hits=[hit, *rest])) or nothing_left(turn, matter)


def typed_choice(turn: Turn) -> Events | None:
    """The same, in the employee's own words; None where the message is about something else."""
    if not turn.is_first or turn.slot("awaiting") != WHICH or turn.intent in BEFORE_ANY_ARTICLE:
        return None
    options = matter_of(turn).options
    named = place(turn.typed, len(options))
    best = turn.articles[0]["id"] if turn.articles else None
    if named is not None:
        events = chosen(turn, options[named]["id"])
    elif turn.intent == "deny":
        events = chosen(turn, NONE_OF_THEM)
    elif turn.intent in TELLING and best in [each["id"] for each in options]:
        events = chosen(turn, best)
    else:
        return None
    return [*events, FollowupAction("action_listen")]


def ask_again(turn: Turn) -> Events:
    """A "yes" to the question which one it is."""
    matter = matter_of(turn)
    return _ask(turn, matter, matter.options) or nothing_left(turn, matter)


def nothing_left(turn: Turn, matter: Matter) -> Events:
    """A person is offered; and where no article was tried, one is missing."""
    if matter.failed or matter.passed:
        return [matter.remembered, *offer_person(turn, "utter_kb_no_more")]
    note(turn, Verdict.UNANSWERED, None, question=matter.question)
    return [matter.remembered, *offer_person(turn, "utter_kb_unknown")]


def offer_person(turn: Turn, response: str) -> Events:
    turn.say(response)
    return [SlotSet("awaiting", "person")]


def _ask(turn: Turn, matter: Matter, between: Sequence[Hit]) -> Events | None:
    """None where fewer than two of the articles are still there."""
    found = [(hit, article) for hit in between if (article := article_of(turn, hit))]
    if len(found) < 2:
        return None
    articles = [article for _, article in found]
    signs = zip(articles, telling_signs(articles), strict=True)
    turn.say(
        "utter_kb_which",
        list="\n".join(f"- **{article.title}**: {sign}" for article, sign in signs),
        choices=[
            choice("article_title", f'/kb_choice{{"article": "{article.id}"}}', title=article.title)
            for article in articles
        ],
    )
    asked = tuple(hit["id"] for hit, _ in found)
    return [replace(matter, asked=asked).remembered, SlotSet("awaiting", WHICH)]


def _none_of_them(turn: Turn, matter: Matter) -> Events:
    matter = replace(matter, not_meant=(*matter.not_meant, *matter.asked))
    return go_on(turn, matter, intro="utter_kb_next") or nothing_left(turn, matter)
