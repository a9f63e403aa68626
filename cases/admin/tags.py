"""What templates say with one word: badges, instants, the rule book's sentences, roles."""

import base64
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext_lazy

from cases.admin import badges, finding, history
from cases.admin.columns import exit_words
from cases.models import Case, Transition
from cases.policy import names
from cases.policy.colours import Colour
from cases.policy.rulebook import Policy
from cases.policy.words import Bilingual
from cases.selectors.explanation import Standing
from cases.selectors.story import Story
from healthcode.core import languages, qr_codes
from healthcode.core.acts.tags import when
from healthcode.core.audit import ledger, sealing
from healthcode.core.audit.actions import words_of
from healthcode.core.audit.trail import TrailLine
from healthcode.core.offices.letters import ActivationLetter
from healthcode.core.offices.staff import Role

register = template.Library()


@register.simple_tag(takes_context=True)
def may_find(context: Any) -> bool:
    """Tell whether the page has the box that finds."""
    request = context.get("request")
    return request is not None and finding.may_find(request.user)


register.filter(when)

BEHIND = {
    Role.CITIZEN.value: pgettext_lazy("whose act", "the person"),
    Role.PROVINCE.value: pgettext_lazy("whose act", "the province"),
}


@register.simple_tag
def badge(colour: str, size: str = "") -> SafeString:
    return badges.badge(colour, large=size == "large")


@register.simple_tag
def shape(colour: str) -> SafeString:
    return badges.shape(colour)


@register.filter
def text_of(words: Bilingual | None) -> str:
    """Return the rule book's sentence in the language of the page."""
    return words.text(languages.current()) if words else ""


@register.filter
def value_of(given: object) -> str:
    """Return the value of a rule book's parameter in the language of the page."""
    return text_of(names.value(given))


@register.filter
def on_day(day: date | None) -> SafeString | str:
    return format_html('<time datetime="{0}">{0}</time>', day.isoformat()) if day else ""


@register.filter
def role_names(keys: tuple[str, ...]) -> str:
    """Name whose act is missing; behind a channel stands whoever uses it."""
    return " / ".join(str(BEHIND.get(key) or Role(key).label) for key in keys)


@register.filter
def sentences(lines: list[TrailLine]) -> list[history.Sentence]:
    """Say an audit trail in words instead of keys."""
    return history.sentences(lines, at=timezone.now())


@register.simple_tag
def ground(policy: Policy, key: str) -> str:
    """Name a ground as the rule book does; a key that a later book dropped stays a key."""
    known = policy.grounds.get(key)
    return text_of(known.words) if known else key


@register.filter
def rests_of(story: Story, case: Case) -> list[str]:
    """Return what an ended case rests on, in words."""
    return story.rests.get(case.pk, [])


@register.simple_tag
def closed_by(policy: Policy, case: Case) -> str:
    """Say how a case was closed: by one of the rule book's exits, or as never true."""
    return exit_words(policy, case.exit) if case.exit else case.get_state_display()


@register.simple_tag
def turned_by(turn: Transition) -> str:
    """Say what turned a code: how a ground went, or else the act that brought one."""
    better = Colour(turn.to_colour).gravity < Colour(turn.from_colour).gravity
    if turn.case is not None and better and turn.case.closed_at is not None:
        return closed_by(turn.rule_book.policy, turn.case)
    return words_of(turn.act)


@register.filter
def turned(turn: Transition) -> str:
    """Say what turned a code, inside a sentence."""
    return turned_by(turn)


@register.inclusion_tag("seals/anchor.html")
def anchor() -> dict[str, object]:
    """Show the ledger's last checkpoint in a line: every printed notice is an anchor."""
    last = sealing.latest()
    if last is None:
        return {"last": None}
    root = base64.b64encode(bytes.fromhex(last.root)).decode()
    return {"last": last, "root": root, "at": ledger.instant(last.at_us)}


@register.simple_tag
def ends(standing: Standing) -> datetime | None:
    """Return the earliest instant at which one of the ways out of a case can be complete."""
    instants = [way.earliest for way in standing.ways if way.missing and way.earliest]
    return min((instant for instant in instants if instant > timezone.now()), default=None)


@register.simple_tag(takes_context=True)
def log_in_address(context: dict[str, Any]) -> str:
    """Return where somebody who has a letter logs in."""
    return str(context["request"].build_absolute_uri(reverse("admin:login")))


@register.simple_tag
def letter_qr(address: str, letter: ActivationLetter) -> SafeString:
    """Return the QR code of a letter: what follows the # stays in the browser, and in no log of a server."""
    return qr_codes.drawn(f"{address}#{quote(letter.user.username)}:{letter.code}", quick=True)
