"""What a problem or a wish is about, and what a clause of an answer tells: two small models that the actions ask.

`examples/` has what they learn from, a file a language; `model.py` is how they are made and asked. `python -m bot.labels`
makes them, as `make train` does.
"""
