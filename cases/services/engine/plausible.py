"""Dates that can be: nothing of a person lies before their birth, in the future, or absurdly far back."""

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from cases.models import Person, RuleBook
from cases.policy import days, rulebook
from cases.services.engine.refusals import Refusal


class BeforeBirth(Refusal):
    code = "dates.before_birth"
    message = _("This day lies before the person's birth.")


class InFuture(Refusal):
    code = "dates.in_future"
    message = _("This day lies in the future.")


class LongAgo(Refusal):
    code = "dates.long_ago"
    message = _("This lies more than %(days)s days back: check the date.")


def require(
    day: date | datetime, *, of: Person, field: str, at: datetime, book: rulebook.Policy | None = None
) -> None:
    """Refuse a day before the person's birth, or further back than anything is entered for.

    `book` is the one in force, where the act has it at hand.
    """
    day = days.local_day(day) if isinstance(day, datetime) else day
    if of.birth_date and day < of.birth_date:
        raise BeforeBirth(field=field)
    book = book or RuleBook.objects.in_force(at).policy
    furthest = book.parameters.entry_look_back_days
    if (days.local_day(at) - day).days > furthest:
        raise LongAgo(field=field, days=furthest)
