"""What the lists' columns say."""

from datetime import datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cases.models import ControlOrder, RuleBook
from cases.models.cases import BASIS_GONE, BY_RULE_BOOK
from cases.policy.rulebook import Policy
from cases.selectors.due import Due
from healthcode.core import languages


def policy_in_force() -> Policy:
    """Return the policy under which lists are read now."""
    return RuleBook.objects.in_force(timezone.now()).policy


def ground_words(policy: Policy, key: str) -> str:
    """Return a ground's words in the reader's language; a key the book does not know stays a key."""
    ground = policy.grounds.get(key)
    return ground.words.text(languages.current()) if ground else key


def exit_words(policy: Policy, key: str) -> str:
    """Return an exit's words in the reader's language."""
    if key == BASIS_GONE:
        return str(_("what it rested on was taken back"))
    if key == BY_RULE_BOOK:
        return str(_("ended by a newly adopted rule book"))
    way = policy.exits.get(key)
    return way.words.text(languages.current()) if way else key


def due_words(order: ControlOrder | None, state: Due) -> SafeString | str:
    """Return a due state with its day, marked so that the stylesheet can stress it."""
    if state == Due.NONE:
        return ""
    day = f"{timezone.localtime(order.until):%Y-%m-%d}" if order and order.until else ""
    words = '<span class="due due-{}">{} <span class="number">{}</span></span>'
    return format_html(words, state.value.lower(), state.label, day)


def minute(instant: datetime | None) -> SafeString | str:
    """Return an instant to the minute, in Shanghai."""
    if instant is None:
        return ""
    there = timezone.localtime(instant)
    return format_html('<time datetime="{}">{}</time>', there.isoformat(), f"{there:%Y-%m-%d %H:%M}")
