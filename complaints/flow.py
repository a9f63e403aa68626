"""The states of a ticket, and which step leads from where to where: the table every service asks."""

REGISTERED, ROUTED, IN_PROGRESS, NEED_INFO = "REGISTERED", "ROUTED", "IN_PROGRESS", "NEED_INFO"
DECIDED, INFORMED, CLOSED = "DECIDED", "INFORMED", "CLOSED"
MERGED, WITHDRAWN, VOID = "MERGED", "WITHDRAWN", "VOID"

OPEN = (REGISTERED, ROUTED, IN_PROGRESS, NEED_INFO, DECIDED, INFORMED)
ENDED = (CLOSED, MERGED, WITHDRAWN, VOID)
UNDECIDED = (REGISTERED, ROUTED, IN_PROGRESS, NEED_INFO)

STEPS: dict[str, tuple[tuple[str, ...], str]] = {
    # step        from                      to            who, under which condition
    "explain":   ((REGISTERED,),            INFORMED),    # first responder: explained, the colour not disputed
    "route":     ((REGISTERED,),            ROUTED),      # first responder, or the house for a letter
    "take":      ((ROUTED, IN_PROGRESS),    IN_PROGRESS), # a named officer of the handling office; nobody else has it
    "decide":    ((IN_PROGRESS,),           DECIDED),     # the owner: finding, reason, no assist open
    "refresh":   ((DECIDED,),               DECIDED),     # the owner, when the code has moved since the decision
    "ask":       ((IN_PROGRESS,),           NEED_INFO),   # the owner, once, for everything that is missing
    "resume":    ((NEED_INFO,),             IN_PROGRESS), # anybody who has the material, or the house after 48 hours
    "send_back": ((ROUTED, IN_PROGRESS),    REGISTERED),  # the bureau, once, within its time
    "rule":      ((REGISTERED,),            ROUTED),      # the complaint lead, on what was sent back
    "tell":      ((DECIDED,),               INFORMED),    # owner or first responder: live colour as decided
    "close":     ((INFORMED,),              CLOSED),      # after the visit, by somebody who did not decide
    "redo":      ((DECIDED, INFORMED),      IN_PROGRESS), # not solved, or the colour has moved
    "reopen":    ((CLOSED,),                IN_PROGRESS), # within 30 days, in the citizen's words
    "merge":     (OPEN,                     MERGED),      # into another open ticket of the same person
    "withdraw":  (UNDECIDED,                WITHDRAWN),   # the citizen's own statement
    "cancel":    ((REGISTERED,),            VOID),        # the complaint lead: tests and empty calls
}  # fmt: skip


def target(step: str, state: str) -> str | None:
    """Return where a step leads from this state; None where it may not be taken."""
    sources, to = STEPS[step]
    return to if state in sources else None
