"""How Tier0 is started."""
