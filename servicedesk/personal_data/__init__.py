"""What is kept of one person, all of it: to hand out, and to erase (D4)."""
