"""Rasa input channels, and the one path that every message takes through them (core.py)."""
