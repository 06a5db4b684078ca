"""Rasa custom actions, a module a journey: read the turn, call the service desk, reply."""
