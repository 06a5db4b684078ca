"""The channel `teams`: Microsoft Teams through the Bot Framework. docs/teams.md says how to set it up."""
