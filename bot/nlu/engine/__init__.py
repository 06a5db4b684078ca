"""The engines that turn a cleaned sentence into a vector, all on the same weights: multilingual-e5-small.

`port.py` says what an engine promises; `fast.py` is the one in use, `plain.py` the package's own, which is what is left
when the fast one cannot be made. `python -m bot.nlu.engine` compares the two.
"""
