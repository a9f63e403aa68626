"""The picture at eight: how an area stands, what changed within a day, what waits and what is late.

`counting.py` asks the database, in a number of statements that no area makes larger; `pages.py` puts it into tables,
`bars.py` into bars.
"""
