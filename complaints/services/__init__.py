"""What changes at the desk, in the order of a ticket's life.

`drafts` (look up) → `intake` or `letters` (make a ticket, by `registration`) → `handling` → `findings` → `telling`.
Beside them: `attachments`, `outbox` (answers to the hotline), `modules` (texts told again and again), `timer` with
`pauses`, `viewers` (who has a ticket open), `texts` (erasure), and `following`, by which a ticket catches up with its
cases. All change a ticket through `steps`.
"""
