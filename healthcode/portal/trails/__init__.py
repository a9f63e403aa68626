"""Trails: the ledger read back, for supervision.

`query.py` finds events, `descriptions.py` puts them into words, `moments.py` tells a code at a past instant,
`exports.py` writes the file, `forms.py` has the filters, `pages.py` the pages.
"""
