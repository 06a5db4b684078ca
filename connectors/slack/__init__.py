"""Slack: messages, mentions, presses, modals, the slash command and the Home tab (docs/slack.md)."""

from connectors.slack.channel import SlackInput

__all__ = ["SlackInput"]
