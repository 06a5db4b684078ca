"""Tier0 and its peers, trained on the same examples and measured on the same sentences: `make bench-understanding`."""
