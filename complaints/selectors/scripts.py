"""The script a first responder reads out: the colour, its gravest reason, what ends it and when."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cases.policy.colours import Colour
from cases.selectors.explanation import Explanation, Standing, Way
from complaints.models.choices import MAY_HEAR, Relation

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
        parts = [_now(explanation, language)]
        if explanation.standing:
            parts += _about(explanation.standing[0], language)
        if len(explanation.standing) > 1:
            others = "、".join(one.ground.words.text(language) for one in explanation.standing[1:])
            parts.append(_("There are also other reasons: %(grounds)s.") % {"grounds": others})
        return _joined(parts, language)


def policy_ref(explanation: Explanation, relation: str = Relation.SELF.value) -> str:
    """Return what the script rests on: the document number and, of the code itself, the clause."""
    number = explanation.book.document_number
    if relation not in MAY_HEAR:
        return number[:100]
    clause = explanation.standing[0].ground.clause if explanation.standing else "1.3"
    return f"{number} {clause}"[:100]


def _policy(explanation: Explanation, language: str) -> str:
    """Return what anybody may hear: what the colours mean, and who is told more."""
    policy = explanation.book.policy
    colours = [_COLOURS[colour]() for colour in _COLOURS]
    meanings = [policy.colours[colour].advice.text(language) for colour in _COLOURS]
    parts = [
        _("%(colour)s: %(advice)s") % {"colour": colour, "advice": advice}
        for colour, advice in zip(colours, meanings, strict=True)
    ]
    parts.append(
        _(
            "Why somebody's code has its colour is told to that person, a parent or a guardian, once they have shown "
            "who they are."
        )
    )
    return _joined(parts, language)


def _now(explanation: Explanation, language: str) -> str:
    meaning = explanation.meaning
    values = {
        "colour": _COLOURS[explanation.colour](),
        "advice": meaning.advice.text(language) if meaning else "",
    }
    if not explanation.standing:
        return _("Your health code is a %(colour)s: no ground stands against you (1.3). %(advice)s") % values
    return _("Your health code is a %(colour)s. %(advice)s") % values


def _about(standing: Standing, language: str) -> list[str]:
    case, ground = standing.case, standing.ground
    because = _("The reason: %(ground)s (clause %(clause)s), entered by %(office)s, since %(day)s.") % {
        "ground": ground.words.text(language),
        "clause": ground.clause,
        "office": case.source_office,
        "day": f"{timezone.localtime(case.opened_at):%Y-%m-%d}",
    }
    return [because, *(_way(way, language) for way in standing.ways[:1]), ground.advice.text(language)]


def _way(way: Way, language: str) -> str:
    ends = _("It ends with: %(exit)s.") % {"exit": way.exit.words.text(language)}
    day = _day(way.earliest)
    return _joined((ends, _("At the earliest: %(day)s.") % {"day": day}), language) if day else ends


def _joined(parts: Iterable[str], language: str) -> str:
    """Join sentences; in Chinese there is no space between them."""
    return ("" if language.startswith("zh") else " ").join(part for part in parts if part)[:LONGEST]


def _day(instant: datetime | None) -> str:
    return f"{timezone.localtime(instant):%Y-%m-%d %H:%M}" if instant else ""


_COLOURS = {
    Colour.RED: lambda: _("red code"),
    Colour.YELLOW: lambda: _("yellow code"),
    Colour.GREEN: lambda: _("green code"),
}
