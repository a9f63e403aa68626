"""The supervisor's file of one matter: everything about a person, a ticket or a conversion, gathered to answer for it.

`matters.py` finds what it is about, `records.py`, `desk.py` and `trails.py` make its tables, `pages.py` shows them.
"""
