"""Is it down for everybody? Answered from the list that L1 keeps."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_datetime
from rasa_sdk.events import SlotSet

from actions.desk_action import DeskAction
from actions.handover_begun import understood
from actions.problem import asked_anew, has_begun
from actions.proof import resume
from actions.turn import Events, Turn
from actions.words import Words
from servicedesk.outages import Outage


class ActionOutageCheck(DeskAction):
    action = "action_outage_check"

    def act(self, turn: Turn) -> Events:
        service = turn.entity("application")
        outages = turn.services.outages.current()
        about = [outage for outage in outages if service and outage.service.lower() == service.lower()]
        if about or (outages and not service):
            turn.say(
                "utter_outages", list="\n".join(outage_line(turn, outage) for outage in about or outages)
            )
        elif service:
            turn.say("utter_outage_none_service", service=_name(turn, service))
        else:
            turn.say("utter_outage_none")
        resume(turn)
        return [*_remembered(turn), SlotSet("awaiting", None)]


def _remembered(turn: Turn) -> Events:
    """ "Outlook is down for four of us" is told nobody twice who then wants a person."""
    if not turn.typed:
        return [SlotSet("question", None)]
    matter = asked_anew(turn, turn.typed, turn.articles)
    begun = [SlotSet("understood", understood(turn))] if has_begun(turn, matter, turn.typed) else []
    return [matter.remembered, SlotSet("question", turn.typed), *begun]


def outage_line(words: Words, outage: Outage) -> str:
    until = ""
    if outage.expected_end:
        name = "until_planned" if outage.planned else "until"
        until = words.label(name).format(time=_time(words, outage.expected_end))
    return words.text(
        "utter_outage_planned" if outage.planned else "utter_outage_now",
        service=_name(words, outage.service),
        what=outage.text(words.language),
        since=_time(words, outage.starts_at),
        until=until,
    )


def _time(words: Words, at: datetime) -> str:
    return str(format_datetime(at.astimezone(), format="short", locale=words.locale))


def _name(words: Words, service: str) -> str:
    """As the service is written: from the labels, or with a capital."""
    known = f"service_{service.lower()}"
    name = words.label(known)
    return service[:1].upper() + service[1:] if name == known else name
