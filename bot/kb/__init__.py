"""The knowledge base: articles -> index -> search.

`python -m bot.kb` is its command line; docs/authoring.md tells authors how to write.
"""
