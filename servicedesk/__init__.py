"""The service desk's domain in plain Python: no Rasa and no web framework is imported here."""
