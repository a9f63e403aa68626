"""The forms of the first contact: the search box, and what is registered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Case
from cases.models.people import readable
from cases.selectors.explanation import Explanation
from complaints import flow, routing
from complaints.models import Draft, Ticket
from complaints.models.choices import Category, Contact, Relation, TicketChannel, TicketKind
from complaints.selectors import scripts
from complaints.services import handling, intake
from healthcode.core.offices import languages
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal

OUTCOMES = (
    (intake.ACCEPTED, _("1 explained and accepted: close")),
    (intake.HAND_ON, _("2 hand on to the office that handles it")),
    (intake.WITHDRAWN, _("3 withdrawn, or nothing to do")),
)
NONE = "none"
NOBODY = "not"
CONDUCT = ("C11", "C14")
MERGEABLE = tuple(state for state in flow.OPEN if state != flow.INFORMED)


class FindForm(forms.Form):
    """The search box: whom the citizen speaks of."""

    text = forms.CharField(
        label=_("Document number, telephone, or name and last four characters"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "spellcheck": "false"}),
    )


class IntakeForm(forms.Form):
    """What the first responder ticks and types. Its first values come from the code; nothing has to be typed."""

    explained = forms.BooleanField(label=_("I have explained it"), required=False)
    category = forms.ChoiceField(label=_("category"))
    outcome = forms.ChoiceField(
        label=pgettext_lazy("intake", "outcome"), choices=OUTCOMES, widget=forms.RadioSelect
    )
    disputed = forms.ChoiceField(
        label=_("which ground is disputed?"), required=False, widget=forms.RadioSelect
    )
    contact_phone = forms.CharField(label=_("telephone"), max_length=40, required=False)
    merge = forms.BooleanField(required=False)
    description = forms.CharField(
        label=_("in the citizen's words"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2})
    )
    contact_name = forms.CharField(label=_("whom to contact"), max_length=50, required=False)
    relation = forms.ChoiceField(label=_("who speaks"), choices=Relation.choices)
    channel = forms.ChoiceField(
        label=_("how it came in"),
        choices=[(one.value, one.label) for one in (TicketChannel.WALK_IN, TicketChannel.PHONE)],
    )
    contact_pref = forms.ChoiceField(
        label=_("how to answer"), choices=[one for one in Contact.choices if one[0] != Contact.HOTLINE]
    )
    language = forms.ChoiceField(label=_("language"), choices=settings.LANGUAGES)
    received_at = forms.DateTimeField(
        label=_("received at"),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )
    in_person_at = forms.DateTimeField(
        label=_("comes in person at"),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        draft: Draft,
        explanation: Explanation | None,
        by: User,
        at: datetime,
        last: Mapping[str, Any] | None = None,
    ) -> None:
        self.draft, self.explanation, self.by, self.at = draft, explanation, by, at
        self.guess = _guess(explanation, at)
        super().__init__(data, initial={**self._defaults(), **(last or {}), **draft.typed}, label_suffix="")
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            (one.value, f"{one.value[1:]} {one.label}") for one in Category
        ]
        self.fields["disputed"].choices = self._grounds()  # type: ignore[attr-defined]
        self.open_tickets = self._open_tickets()
        self.fields["merge"].label = self._merge_label()

    @property
    def script(self) -> str:
        """Return the script to read out, in the language chosen in the form."""
        language = self["language"].value() or "zh-hans"
        return scripts.script(self.explanation, language=language) if self.explanation else ""

    def register(self) -> Ticket | None:
        """Register the ticket; None when refused, the reason being on its field."""
        try:
            ticket = intake.register(self.draft, self._intake(), by=self.by, at=self.at)
            if self.cleaned_data["merge"] and self.open_tickets and ticket.is_open:
                handling.merge(ticket, into=self.open_tickets[0], by=self.by, at=self.at)
        except Refusal as refusal:
            field = refusal.field if refusal.field in self.fields else None
            self.add_error(field, forms.ValidationError(str(refusal), code=refusal.code))
            return None
        return ticket

    def _defaults(self) -> dict[str, Any]:
        person = self.draft.person
        is_coloured = self.explanation is not None and bool(self.explanation.standing)
        problem = routing.ROUTES[self.guess].problem
        first = self.explanation.standing[0].case.pk if self.explanation and is_coloured else NONE
        return {
            "category": self.guess,
            "outcome": intake.HAND_ON if person and (is_coloured or problem) else intake.ACCEPTED,
            "disputed": str(first),
            "contact_phone": readable(lambda: person.phone, otherwise="") if person else "",
            "contact_name": person.name if person else "",
            "language": "zh-hans",
            "relation": Relation.SELF.value,
            "channel": TicketChannel.WALK_IN.value,
            "contact_pref": Contact.CALL.value,
        }

    def _grounds(self) -> list[tuple[str, str | Promise]]:
        standing = self.explanation.standing if self.explanation else ()
        language = languages.current()
        offered = [(str(one.case.pk), one.ground.words.text(language)) for one in standing]
        return [
            *offered,
            (NONE, _("none of these: something else is wrong")),
            (NOBODY, _("the code is not disputed")),
        ]

    def _open_tickets(self) -> list[Ticket]:
        if self.draft.person is None:
            return []
        found = Ticket.objects.of(self.draft.person).filter(state__in=MERGEABLE)
        return list(found.order_by("received_at", "pk")[:5])

    def _merge_label(self) -> str:
        return (
            _("merge into %(number)s") % {"number": self.open_tickets[0].number} if self.open_tickets else ""
        )

    def _intake(self) -> intake.Intake:
        values = dict(self.cleaned_data)
        values.pop("merge")
        answer = values.pop("disputed")
        handed_on = values["outcome"] == intake.HAND_ON
        case = Case.objects.filter(pk=answer).first() if answer.isdecimal() else None
        values["received_at"] = values["received_at"] or self.draft.began_at
        kind = TicketKind.CONDUCT if values["category"] in CONDUCT else TicketKind.CORRECTION
        return intake.Intake(
            **values,
            kind=(kind if handed_on else TicketKind.CONSULT).value,
            is_disputed=handed_on and answer not in (NOBODY, ""),
            disputed_case=case if handed_on else None,
            no_case=answer == NONE,
        )


def _guess(explanation: Explanation | None, at: datetime) -> str:
    if explanation is None or not explanation.standing:
        return routing.guess(None)
    order = explanation.order
    over = order is not None and order.until is not None and order.until <= at
    return routing.guess(explanation.standing[0].ground, control_over=over)
