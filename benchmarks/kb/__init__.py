"""How well and how fast articles are found, and how that grows."""
