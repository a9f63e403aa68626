"""The states of a ticket, and which step leads from where to where: the table every service asks.

The guide has the first contact (5.0, 5.1) and the letters (5.2); it is silent about everything after, which is our
default: [D].
"""

REGISTERED, ROUTED, IN_PROGRESS, NEED_INFO = "REGISTERED", "ROUTED", "IN_PROGRESS", "NEED_INFO"
DECIDED, INFORMED, CLOSED = "DECIDED", "INFORMED", "CLOSED"
MERGED, WITHDRAWN, VOID = "MERGED", "WITHDRAWN", "VOID"

OPEN = (REGISTERED, ROUTED, IN_PROGRESS, NEED_INFO, DECIDED, INFORMED)
ENDED = (CLOSED, MERGED, WITHDRAWN, VOID)
UNDECIDED = (REGISTERED, ROUTED, IN_PROGRESS, NEED_INFO)

STEPS: dict[str, tuple[tuple[str, ...], str]] = {
    # step        from                      to            clause; who, under which condition
    "explain":   ((REGISTERED,),            INFORMED),    # 5.1 first responder: explained, the colour not disputed
    "route":     ((REGISTERED,),            ROUTED),      # 5.1 first responder; 5.2 the house, for a letter
    "take":      ((ROUTED, IN_PROGRESS),    IN_PROGRESS), # [D] a named officer of the handling office, who owns it
    "decide":    ((IN_PROGRESS,),           DECIDED),     # [D] the owner: finding, reason, no assist open
    "refresh":   ((DECIDED,),               DECIDED),     # [D] the owner, when the code has moved since the decision
    "ask":       ((IN_PROGRESS,),           NEED_INFO),   # [D] the owner, once, for everything that is missing
    "resume":    ((NEED_INFO,),             IN_PROGRESS), # [D] whoever has the material, or the house after 48 hours
    "send_back": ((ROUTED, IN_PROGRESS),    REGISTERED),  # [D] the bureau, once, within its time
    "rule":      ((REGISTERED,),            ROUTED),      # [D] the complaint lead, on what was sent back
    "tell":      ((DECIDED,),               INFORMED),    # [D] owner or first responder: live colour as decided
    "close":     ((INFORMED,),              CLOSED),      # [D] after the visit, by somebody who did not decide
    "redo":      ((DECIDED, INFORMED),      IN_PROGRESS), # [D] not solved, or the colour has moved
    "reopen":    ((CLOSED,),                IN_PROGRESS), # [D] within 30 days, in the citizen's words
    "merge":     (OPEN,                     MERGED),      # [D] into another open ticket of the same person
    "withdraw":  (UNDECIDED,                WITHDRAWN),   # [D] the citizen's own statement
    "cancel":    ((REGISTERED,),            VOID),        # [D] the complaint lead: tests and empty calls
}  # fmt: skip


def target(step: str, state: str) -> str | None:
    """Return where a step leads from this state; None where it may not be taken."""
    sources, to = STEPS[step]
    return to if state in sources else None
