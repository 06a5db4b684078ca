"""How well Tier0 understands, on sentences that it has never seen."""
