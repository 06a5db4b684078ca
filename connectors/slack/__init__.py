"""Slack: messages, mentions, presses, modals, the slash command and the Home tab (docs/slack.md).

Rasa loads `connectors.slack.channel.SlackInput`, and only where Slack is set up."""
