"""The roof: what all offices see first, and what looks at the whole house. It may import everything below.

A file `pages.py` holds pages and their routes; what stands beside it answers their questions; `recurring/` is the
timer's work.

    site.py           the admin site: log-in, home, the pages' routes        menu.py    the menu
    home.py           the home page's figures, drawn by charts.py            waiting.py what waits for the reader
    trails/           the ledger read back: by person, actor, office, ground, delivery, and a code at a past moment
    signs/            what looks wrong, and who has looked into it
    seals/            checkpoints of the ledger, to be kept outside the house
    reconciling/      what is stored, compared with what the ledger says (manage.py verify_audit)
    recurring/        the timer's work (manage.py tick): every step, retention, anchors by mail

A page: its view and route in a `pages.py`, its line in `menu.py`. A sign: its subject's file, and `thresholds.py`.
A record to reconcile: `reconciling/records.py`. A recurring job: a `TickStep` in `recurring/ticking.py`.
"""
