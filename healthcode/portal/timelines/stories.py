"""A person's story as lanes: the colour, each ground, each control order, tests, forms and visits."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Case, Person, Transition
from cases.models.results import Outcome
from cases.policy.colours import Colour
from cases.policy.rulebook import Policy
from cases.selectors.story import Story
from healthcode.core import languages
from healthcode.portal.timelines.drawing import Lane, TimeSpan

OUTCOMES = {Outcome.NEGATIVE.value: "dot-green", Outcome.POSITIVE.value: "dot-red"}


def lanes(person: Person, story: Story, policy: Policy, *, at: datetime) -> list[Lane]:
    """Return the lanes of a person's merged group, gravest first, then control, tests and forms."""
    cases = Case.objects.of(person).exclude(opened_at=None).order_by("opened_at", "pk")
    return [
        Lane(_("code shown"), tuple(_colours(story.transitions))),
        *(Lane(words, tuple(spans)) for words, spans in _grounds(cases, policy)),
        *(Lane(words, tuple(spans)) for words, spans in _orders(story)),
        Lane(_("nucleic acid test results"), tuple(_results(story))),
        Lane(_("declarations and visits"), tuple(_forms(story))),
    ]


def _colours(turns: Sequence[Transition]) -> list[TimeSpan]:
    """Return the spans of one colour; before the first conversion nothing is drawn."""
    in_order = sorted(turns, key=lambda turn: turn.at)
    ends = [*(turn.at for turn in in_order[1:]), None]
    return [
        TimeSpan(f"bar-{turn.to_colour.lower()}", turn.at, end, str(turn.get_to_colour_display()))
        for turn, end in zip(
            in_order, ends, strict=False
        )  # of somebody never converted there is an end alone
    ]


def _grounds(cases, policy: Policy):  # type: ignore[no-untyped-def]
    found: dict[str, list[TimeSpan]] = {}
    for case in cases:
        ground = policy.grounds.get(case.ground)
        words = ground.words.text(languages.current()) if ground else case.ground
        style = f"bar-{(ground.colour if ground else Colour.RED).lower()}"
        state = f"{case.get_state_display()} · {case.evidence}"
        found.setdefault(words, []).append(TimeSpan(style, case.opened_at, case.closed_at, state))
    return found.items()


def _orders(story: Story):  # type: ignore[no-untyped-def]
    found: dict[str, list[TimeSpan]] = {}
    for order in sorted(story.orders, key=lambda one: one.opened_at):
        until = order.until and _("due %(at)s") % {"at": f"{timezone.localtime(order.until):%Y-%m-%d %H:%M}"}
        parts = (order.place, until or _("open end"), order.get_ending_display())
        span = TimeSpan(
            "part", order.opened_at, order.ended_at, " · ".join(str(part) for part in parts if part)
        )
        found.setdefault(order.measure, []).append(span)
    return found.items()


def _results(story: Story) -> list[TimeSpan]:
    return [
        TimeSpan(
            "dot-other" if hasattr(one, "correction") else OUTCOMES.get(one.outcome, "dot-other"),
            one.sampled_at,
            one.sampled_at,
            f"{one.get_outcome_display()} · {one.laboratory}"
            + (f" · {_('corrected')}" if hasattr(one, "correction") else ""),
        )
        for one in story.results
    ]


def _forms(story: Story) -> list[TimeSpan]:
    forms = [
        TimeSpan("dot-red" if one.fever else "dot-other", one.at, one.at,
                f"{_('declaration')} · {_('fever') if one.fever else _('no fever')}")
        for one in story.declarations
    ]  # fmt: skip
    visits = [
        TimeSpan("dot-green" if one.ruled_out else "dot-red", one.visited_at, one.visited_at,
                " · ".join((_("fever-clinic visit"), str(one.clinic),
                            _("infection ruled out") if one.ruled_out else _("infection not ruled out"))))
        for one in story.visits
    ]  # fmt: skip
    return [*forms, *visits]
