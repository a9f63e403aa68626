"""What a row of a list is about, in a few words: one function for each kind of row."""

from functools import singledispatch

from django.db.models import Model
from django.utils.translation import gettext as _

from cases.models import (
    AreaChange,
    Batch,
    Case,
    ControlOrder,
    ExitReport,
    GateCheck,
    HealthLog,
    HomeStay,
    Inquiry,
    LabResult,
    MassHold,
    Merge,
    NumberChange,
    Release,
    Reversal,
    RiskArea,
    RuleBook,
    SetupFile,
    Strike,
    Transfer,
    Undo,
    Void,
)
from cases.policy.rulebook import Policy
from cases.selectors import holds
from complaints.models import Assist, Message, Ticket
from healthcode.core import languages
from healthcode.core.offices.models import Office, SecondFactor, Token, User


@singledispatch
def about(thing: Model, policy: Policy) -> str:
    """Say in a few words what a row is about."""
    return ""


@about.register
def _case(thing: Case, policy: Policy) -> str:
    ground = policy.grounds.get(thing.ground)
    return ground.words.text(languages.current()) if ground else thing.ground


@about.register
def _order(thing: ControlOrder, policy: Policy) -> str:
    return thing.measure


@about.register
def _red_scan(thing: GateCheck, policy: Policy) -> str:
    if not thing.passed:
        return str(thing.venue)
    return _("%(venue)s · let through: the door had no network") % {"venue": thing.venue}


@about.register
def _result(thing: LabResult, policy: Policy) -> str:
    return str(thing.get_outcome_display())


@about.register
def _exit_report(thing: ExitReport, policy: Policy) -> str:
    return f"{thing.get_exit_display()} · {about(thing.case, policy)}"


@about.register
def _void(thing: Void, policy: Policy) -> str:
    return f"{thing.get_reason_class_display()} · {about(thing.case, policy)}"


@about.register
def _release(thing: Release, policy: Policy) -> str:
    return f"{thing.document_number} · {about(thing.case, policy)}"


@about.register
def _home_stay(thing: HomeStay, policy: Policy) -> str:
    return thing.order.measure


@about.register
def _reversal(thing: Reversal, policy: Policy) -> str:
    return str(thing.get_kind_display())


@about.register
def _merge(thing: Merge, policy: Policy) -> str:
    return f"→ {thing.survivor}"


@about.register
def _number(thing: NumberChange, policy: Policy) -> str:
    return str(thing.get_reading_display())


@about.register
def _transfer(thing: Transfer, policy: Policy) -> str:
    return f"{thing.from_division} → {thing.to_division}"


@about.register
def _by_its_name(thing: RiskArea | AreaChange | RuleBook, policy: Policy) -> str:
    return str(thing)


@about.register
def _strike(thing: Strike, policy: Policy) -> str:
    return str(thing.document)


@about.register
def _inquiry(thing: Inquiry, policy: Policy) -> str:
    return f"{thing.office} · {thing.question}"


@about.register
def _batch(thing: Batch, policy: Policy) -> str:
    return f"{thing.get_kind_display()} · {thing.file_name}"


@about.register
def _setup_file(thing: SetupFile, policy: Policy) -> str:
    return f"{thing} · {thing.row_count}"


@about.register
def _undo(thing: Undo, policy: Policy) -> str:
    return f"{about(thing.batch, policy)} · {thing.reason}"


@about.register
def _hold(thing: MassHold, policy: Policy) -> str:
    ground = policy.grounds.get(thing.ground)
    words = ground.words.text(languages.current()) if ground else thing.ground
    if thing.office is not None:
        return _("%(ground)s · facts taken back by %(office)s · %(number)s") % {
            "ground": words, "office": thing.office, "number": thing.reached,
        }  # fmt: skip
    rests = [f"“{reference}”" for reference, _office, _number in holds.references(thing)]
    return f"{words} · {', '.join(rests[:2])}{' …' if len(rests) > 2 else ''} · {thing.reached}"


@about.register
def _health_log(thing: HealthLog, policy: Policy) -> str:
    reading = thing.get_missed_display() or f"{thing.temperature} °C"
    entry = f"{thing.on:%Y-%m-%d} {thing.get_half_display()} · {reading}"
    return f"{entry} · {thing.symptoms}" if thing.symptoms else entry


@about.register
def _account(thing: User, policy: Policy) -> str:
    return f"{languages.bracketed(thing.name, thing.username)} · {thing.get_role_display()} · {thing.office}"


@about.register
def _second_factor(thing: SecondFactor, policy: Policy) -> str:
    return _account(thing.user, policy)


@about.register
def _token(thing: Token, policy: Policy) -> str:
    return f"{thing.label} · {languages.bracketed(thing.user.name, thing.user.username)}"


@about.register
def _office(thing: Office, policy: Policy) -> str:
    return f"{thing} · {thing.get_kind_display()} · {thing.division}"


@about.register
def _ticket(thing: Ticket, policy: Policy) -> str:
    return f"{thing.number} · P{thing.priority} · {thing.get_category_display()}"


@about.register
def _assist(thing: Assist, policy: Policy) -> str:
    return thing.question


@about.register
def _message(thing: Message, policy: Policy) -> str:
    return thing.error
