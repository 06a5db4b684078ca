"""Rasa graph components: thin, one class a file; what they know is in the plain modules beside this folder."""
