"""Everything on one machine, on embedded parts: what `make run` and `make serve` start."""
