"""Reminders on or off: by the employee, for their own account only."""

from __future__ import annotations

from actions.desk_action import DeskAction
from actions.turn import Choice, Events, Turn, choice

SWITCHES = {"on": True, "off": False}


class ActionReminders(DeskAction):
    action = "action_reminders"

    def act(self, turn: Turn) -> Events:
        account = turn.conversation.account
        if account is None or not turn.conversation.private:
            turn.say("utter_reminders_unproven")
            return []
        reminders = turn.services.reminders
        wanted = SWITCHES.get(turn.entity("switch") or "")
        if not turn.services.settings.reminders.on:
            turn.say("utter_reminders_none")
        elif wanted is None:
            on = reminders.are_on(account)
            turn.say("utter_reminders_on" if on else "utter_reminders_off", choices=[_switch(on=not on)])
        else:
            reminders.turn(account, on=wanted)
            turn.say(
                "utter_reminders_on" if wanted else "utter_reminders_off", choices=[_switch(on=not wanted)]
            )
        return []


def _switch(*, on: bool) -> Choice:
    label, word = ("reminders_on", "on") if on else ("reminders_off", "off")
    return choice(label, f'/reminders{{"switch": "{word}"}}')
