"""The script a first responder reads out: the colour, its gravest reason, what ends it and when."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models.cases import Channel
from cases.policy.colours import Colour
from cases.policy.rulebook import Policy
from cases.selectors.explanation import Explanation, Way
from complaints.models.choices import MAY_HEAR, Relation
from complaints.selectors import nearby
from healthcode.core import languages

LONGEST = 1000


def script(explanation: Explanation, *, language: str, relation: str = Relation.SELF.value) -> str:
    """Return what is read out in the citizen's language, in the words of the rule book; at most 1,000 characters.

    Whoever is not shown to be the person, a parent or a guardian hears the policy alone.
    """
    with translation.override(language):
        if relation not in MAY_HEAR:
            return _policy(explanation, language)
        if explanation.colour == Colour.NONE:
            return _("The health code was deactivated when the death was recorded.")
        if explanation.being_checked is not None:
            return _("The health code is being checked. Your community settles it with you.")
        parts = [_("Your health code is a %(colour)s.") % {"colour": _COLOURS[explanation.colour]()}]
        parts.append(_movement(explanation.book.policy, explanation.colour, language))
        if explanation.standing:
            parts += _about(explanation, language)
        if len(explanation.standing) > 1:
            others = languages.listed(one.ground.words.text(language) for one in explanation.standing[1:])
            parts.append(_("There are also other reasons: %(grounds)s.") % {"grounds": others})
        parts.append(_document(explanation, language))
        return joined(parts, language)[:LONGEST]


def policy_ref(explanation: Explanation, relation: str = Relation.SELF.value) -> str:
    """Return what the script rests on: the document number and, of the code itself, the clause."""
    number = explanation.book.document_number
    if relation not in MAY_HEAR:
        return number[:100]
    clause = explanation.standing[0].ground.clause if explanation.standing else "1.3"
    return f"{number} {clause}"[:100]


def joined(parts: Iterable[str], language: str) -> str:
    """Join sentences; in Chinese there is no space between them."""
    return ("" if language.startswith("zh") else " ").join(part for part in parts if part)


def _policy(explanation: Explanation, language: str) -> str:
    """Return what anybody may hear: what the colours mean, and who is told more."""
    policy = explanation.book.policy
    parts = [
        _("%(colour)s: %(advice)s") % {"colour": name(), "advice": _movement(policy, colour, language)}
        for colour, name in _COLOURS.items()
    ]
    parts.append(
        _(
            "Why somebody's code has its colour is told to that person, a parent or a guardian, once they have shown "
            "who they are."
        )
    )
    return joined((*parts, _document(explanation, language)), language)[:LONGEST]


def _movement(policy: Policy, colour: Colour, language: str) -> str:
    """Return what a colour means for going out, with the restricted places by their names (2.0, 2.2a, 2.2b)."""
    movement = policy.colours[colour].movement
    if movement == "FORBIDDEN":
        return _(
            "Please do not go out, and take no bus, train or taxi: if you have to be driven, a vehicle is sent."
        )
    if movement == "RESTRICTED":
        places = [kind.words.text(language) for kind in policy.venues.values() if kind.yellow_restricted]
        return _(
            "For now please do not enter: %(places)s. With a mask on the whole way you may take a taxi."
        ) % {"places": languages.listed(places)}
    return _("You may go out as usual.")


def _document(explanation: Explanation, language: str) -> str:
    return _("So it is laid down in: %(title)s.") % {"title": explanation.book.policy.title.text(language)}


ENTERED = gettext_lazy("The reason: %(ground)s, entered by %(office)s on %(day)s.")
# Nobody knows the office through which forms come in; who filled one in remembers that.
HOW = {
    Channel.SELF: gettext_lazy("The reason: %(ground)s, declared in the health-code form on %(day)s."),
    Channel.REPORTED: gettext_lazy(
        "The reason: %(ground)s, reported by %(office)s; it counts since %(day)s."
    ),
    Channel.PROVINCE: gettext_lazy("The reason: %(ground)s, sent down by the province on %(day)s."),
    Channel.AUTOMATIC: gettext_lazy("The reason: %(ground)s, found by comparing linked data on %(day)s."),
    Channel.ENGINE: gettext_lazy(
        "The reason: %(ground)s, which by the policy follows on the reason before; it counts since %(day)s."
    ),
}


def _about(explanation: Explanation, language: str) -> list[str]:
    """Return why the code has its colour, what ends it, and where to turn."""
    standing = explanation.standing[0]
    case, ground = standing.case, standing.ground
    how = HOW.get(Channel(case.channel), ENTERED)
    because = how % {
        "ground": ground.words.text(language),
        "office": case.source_office,
        "day": date_format(timezone.localtime(case.opened_at), _("F j")) if case.opened_at else "–",
    }
    ways = [_way(way, explanation.at, language) for way in standing.ways[:1]]
    return [because, ground.advice.text(language), *ways, *_where_to(explanation)]


def _way(way: Way, at: datetime, language: str) -> str:
    ends = _("It ends with: %(exit)s.") % {"exit": way.exit.words.text(language)}
    is_ahead = way.earliest is not None and way.earliest > at
    return joined(
        (ends, _("At the earliest: %(day)s.") % {"day": _day(way.earliest)} if is_ahead else ""), language
    )


def _where_to(explanation: Explanation) -> list[str]:
    """Return where the person turns: the nearest service point or fever clinic, of a red the officer's telephone."""
    ground, place = explanation.standing[0].ground, explanation.person.present_id
    if explanation.colour == Colour.RED:
        phone = nearby.duty_phone(explanation.order, place, explanation.at)
        return (
            [_("For questions ring the officer who answers for you: %(phone)s.") % {"phone": phone}]
            if phone
            else []
        )
    kind = "FEVER_CLINIC" if ground.self_declared else "SERVICE_POINT" if ground.ends_by_test else ""
    words = (
        _("The nearest fever clinic: %(place)s.")
        if ground.self_declared
        else _("The nearest service point: %(place)s.")
    )
    return [words % {"place": room} for room in nearby.room(kind, place)]


def _day(instant: datetime | None) -> str:
    """Return a day, with its hour where it is not the beginning of it."""
    if instant is None:
        return ""
    local = timezone.localtime(instant)
    hour = "" if (local.hour, local.minute) == (0, 0) else f" {local:%H:%M}"
    return date_format(local, _("F j")) + hour


_COLOURS = {
    Colour.RED: lambda: _("red code"),
    Colour.YELLOW: lambda: _("yellow code"),
    Colour.GREEN: lambda: _("green code"),
}
