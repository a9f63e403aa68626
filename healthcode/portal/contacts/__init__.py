"""The chain of contacts of a person, drawn on the server as a tree, with its table.

`drawing.py` is the geometry, `pages.py` shows it.
"""
