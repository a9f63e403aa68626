"""What the database itself refuses of rows that decide a colour, whichever way they are written."""

from healthcode.core.audit.guards import Guard, blank, changed, once, stays

# Whether the person of NEW, or a record merged into it, has a case that counts. The state is looked at last: planned
# while there are few, PostgreSQL would go through all open cases for each row of an act by set.
STANDS = (
    "'OPEN' IN (SELECT cases_case.state FROM cases_case WHERE cases_case.person_id = NEW.person_id)"
    " OR 'OPEN' IN (SELECT cases_case.state FROM cases_case JOIN cases_person ON cases_person.id = cases_case.person_id"
    " WHERE cases_person.merged_into_id = NEW.person_id)"
)
# Whether the book in force lets a case of NEW come in that way: the book whose channels were written last, as it was
# adopted.
ENTERED = (
    "EXISTS (SELECT 1 FROM cases_groundchannel WHERE cases_groundchannel.ground = NEW.ground"
    " AND cases_groundchannel.channel = NEW.channel AND cases_groundchannel.rule_book_id ="
    " (SELECT last.rule_book_id FROM cases_groundchannel AS last ORDER BY last.id DESC LIMIT 1))"
)
RESUMED = (
    "EXISTS (SELECT 1 FROM cases_case AS gone WHERE gone.id = NEW.resumes_id AND gone.state = 'ENDED'"
    " AND gone.person_id = NEW.person_id AND gone.ground = NEW.ground AND gone.channel = NEW.channel)"
)
CARRIED = (
    "EXISTS (SELECT 1 FROM cases_case AS gone WHERE gone.id IN (NEW.resumes_id, NEW.follows_id)"
    " AND gone.evidence_ref = NEW.evidence_ref)"
)
RESTS = "EXISTS (SELECT 1 FROM cases_basis WHERE cases_basis.case_id = NEW.id)"
ERASED = "\u2013"  # what erasing writes over the evidence
ON_A_BASIS = "a case ends on a basis"
EVIDENCE = "a case names its evidence"

CASE_RULES = (
    # No ending that rests on nothing: the facts are written first.
    Guard("INSERT", f"NEW.state = 'ENDED' AND NOT {RESTS}", ON_A_BASIS),
    Guard("UPDATE", f"NEW.state = 'ENDED' AND OLD.state <> 'ENDED' AND NOT {RESTS}", ON_A_BASIS),
    Guard("INSERT", "NEW.state NOT IN ('REPORTED', 'HELD', 'OPEN')", "a case begins waiting or open"),
    Guard(
        "UPDATE",
        "NEW.state <> OLD.state AND NOT (OLD.state IN ('REPORTED', 'HELD') AND NEW.state IN ('OPEN', 'REFUSED')"
        " OR OLD.state = 'REPORTED' AND NEW.state = 'HELD'"  # of what was voided before, a second person decides
        " OR OLD.state = 'OPEN' AND NEW.state IN ('ENDED', 'VOIDED')"
        # what was wrong all along may be voided after its end: the one step back
        " OR OLD.state = 'ENDED' AND NEW.state = 'VOIDED')",
        "the state of a case goes one way",
    ),
    # What stands again, or follows, has the evidence it had: it was taken once.
    Guard("INSERT", f"{blank('evidence_ref')} AND NOT {CARRIED}", EVIDENCE),
    Guard(
        "UPDATE", f"{changed('evidence_ref')} AND NEW.evidence_ref <> '{ERASED}'", "evidence stays what it is"
    ),
    # What stands again has the channel it had, whatever the book in force says of new ones.
    Guard("INSERT", f"NOT {ENTERED} AND NOT {RESUMED}", "this ground is not entered by this channel"),
    stays(
        *("person_id", "ground", "channel", "source_office_id", "entered_by_id", "entered_at"),
        *(
            "evidence_kind",
            "began_on",
            "stayed_from",
            "risk_area_id",
            "hold_id",
            "follows_id",
            "resumes_id",
            "origin_id",
            "batch_id",
        ),
        message="what a case says stays what it is",
    ),
    once(
        "opened_at", "opened_by_id", "closed_at", "closed_by_id", message="who opened and closed a case stays"
    ),
    Guard("UPDATE", "OLD.exit <> '' AND NEW.exit <> OLD.exit", "how a case ended stays"),
    Guard(
        "UPDATE",
        "OLD.state = 'HELD' AND NEW.state = 'OPEN' AND NEW.opened_by_id = OLD.entered_by_id",
        "a case that is held is opened by a second person",
    ),
)

TRANSITION_RULES = (
    Guard(
        "INSERT",
        f"NEW.to_colour IN ('RED', 'YELLOW') AND NOT ({STANDS})",
        "a code turns red or yellow by a case that stands",
    ),
)


def proposal_rules(*subject: str) -> tuple[Guard, ...]:
    """Return the rules of a proposal; `subject` are the columns that say what is proposed, and never change."""
    return (
        Guard("INSERT", "NEW.decision <> 'PENDING'", "a proposal begins undecided"),
        Guard(
            "UPDATE",
            f"OLD.decision <> 'PENDING' AND {changed('decision', 'decided_by_id', 'decided_at')}",
            "what was decided, and by whom, stays",
        ),
        stays("proposed_by_id", "proposed_at", *subject, message="what was proposed, and by whom, stays"),
    )


PERSON_KEPT_DAYS = 1825  # after the last act about somebody
PURPOSES_KEPT_DAYS = 1095  # of looks and look-ups


def past(days: int) -> str:
    """Return the SQL of the instant before which a period is over: a day early, for clocks differ."""
    return f"DAYS_AGO({days - 1})"


def erased(person: str) -> str:
    """Return the SQL that somebody is being erased: two people decided so, or nothing happened for the whole period.

    `person` is the SQL of the key of any record of theirs.
    """
    decided = (
        "EXISTS (SELECT 1 FROM cases_erasure JOIN cases_person AS asked ON asked.id = cases_erasure.person_id"
        " WHERE cases_erasure.decision = 'APPROVED' AND coalesce(asked.merged_into_id, asked.id) = root.id)"
    )
    is_past = f"coalesce(root.acted_at, root.registered_at) < {past(PERSON_KEPT_DAYS)}"
    records = (
        "cases_person AS own JOIN cases_person AS root ON root.id = coalesce(own.merged_into_id, own.id)"
    )
    return f"EXISTS (SELECT 1 FROM {records} WHERE own.id = {person} AND ({decided} OR {is_past}))"  # noqa: S608
