"""How fast Slack and Teams are told that a message has arrived, while the work behind it is slow (S10)."""
