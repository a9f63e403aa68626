"""A person's story on one axis of time, drawn on the server, with its table.

`drawing.py` is the geometry, `stories.py` puts a story into lanes, `pages.py` shows it.
"""
