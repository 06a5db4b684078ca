"""A manager's or colleague's word in chat as proof: off unless an administrator switches it on (S2, docs/approvals.md)."""
