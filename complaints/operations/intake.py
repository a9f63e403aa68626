"""The forms of the first contact: the search box, and what is registered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from cases.selectors.explanation import Explanation
from complaints import flow, routing
from complaints.models import Draft, Ticket
from complaints.models.choices import MAY_HEAR, Category, Contact, Relation, TicketChannel, TicketKind
from complaints.selectors import scripts
from complaints.services import handling, intake
from healthcode.core import languages
from healthcode.core.acts.sentences import Asking
from healthcode.core.acts.widgets import give_widget
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal

DISPUTED = "DISPUTED"  # handed on, because the citizen does not accept the ground
OUTCOMES = (
    (intake.ACCEPTED, _("1 accepts it: close")),
    (DISPUTED, _("2 does not accept it: hand on")),
    (intake.HAND_ON, _("3 accepts it, but something has to be put right: hand on")),
    (intake.WITHDRAWN, _("4 withdrawn, or nothing to do")),
)
NONE = "none"
STALE = {
    one.code
    for one in (intake.LookMissing, intake.LookTooOld, intake.IntakeCodeMoved, intake.ExplainedBefore)
}
CONDUCT = ("C11", "C14")
MERGEABLE = tuple(state for state in flow.OPEN if state != flow.INFORMED)


class WhoSpeaks(forms.Select):
    """Who speaks; each choice says whether it may hear why the code has its colour."""

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **options)
        if value in MAY_HEAR:
            option["attrs"]["data-may-hear"] = True
        return option


class FindForm(Asking, forms.Form):
    """The search box: whom the citizen speaks of."""

    text = forms.CharField(
        label=_("Document number, telephone, or name and last four characters"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "spellcheck": "false"}),
    )
    purpose = forms.CharField(
        label=_("what you look this person up for"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class IntakeForm(Asking, forms.Form):
    """What the first responder ticks and types. Its first values come from the code; nothing has to be typed."""

    explained = forms.BooleanField(label=_("I have checked who speaks, and explained it"), required=False)
    look = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    category = forms.ChoiceField(label=_("category"))
    outcome = forms.ChoiceField(
        label=_("Does the citizen accept the explanation?"), choices=OUTCOMES, widget=forms.RadioSelect
    )
    disputed = forms.ChoiceField(
        label=_("which ground does the citizen not accept?"), required=False, widget=forms.RadioSelect
    )
    contact_phone = forms.CharField(label=_("telephone"), max_length=40, required=False)
    merge = forms.BooleanField(required=False)
    description = forms.CharField(
        label=_("in the citizen's words"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2})
    )
    contact_name = forms.CharField(label=_("whom to contact"), max_length=50, required=False)
    relation = forms.ChoiceField(label=_("who speaks"), choices=Relation.choices, widget=WhoSpeaks)
    channel = forms.ChoiceField(
        label=_("how it came in"),
        choices=[(one.value, one.label) for one in (TicketChannel.WALK_IN, TicketChannel.PHONE)],
    )
    contact_pref = forms.ChoiceField(
        label=_("how to answer"), choices=[one for one in Contact.choices if one[0] != Contact.HOTLINE]
    )
    language = forms.ChoiceField(label=_("language"), choices=settings.LANGUAGES)
    received_at = forms.DateTimeField(label=_("received at"), required=False)
    in_person_at = forms.DateTimeField(label=_("comes in person at"), required=False)

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
        for name, field in self.fields.items():
            if name in ("received_at", "in_person_at"):
                give_widget(field)
        self.open_tickets = self._open_tickets()
        self.fields["merge"].label = self._merge_label()
        self.fields["contact_phone"].help_text = self._phone_help()

    @cached_property
    def script(self) -> str:
        """Return the words for the person, a parent or a guardian, in the language chosen in the form."""
        return self._words(Relation.SELF.value)

    @cached_property
    def policy_script(self) -> str:
        """Return the words for everybody else: the policy alone."""
        return self._words(Relation.OTHER.value)

    @property
    def hears_policy(self) -> bool:
        """Tell whether whoever speaks, as chosen in the form, hears the policy alone."""
        return self["relation"].value() not in MAY_HEAR

    @property
    def is_stale(self) -> bool:
        """Tell whether it was refused because the code has to be looked up, and explained, again."""
        return any(error.code in STALE for errors in self.errors.as_data().values() for error in errors)

    def _words(self, relation: str) -> str:
        if self.explanation is None:
            return ""
        language = self["language"].value() or "zh-hans"
        return scripts.script(self.explanation, language=language, relation=relation)

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
        return {
            "category": self.guess,
            "look": self.draft.snapshot_at.isoformat() if self.draft.snapshot_at else "",
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
        numbered = [(value, f"{place} {words}") for place, (value, words) in enumerate(offered, start=1)]
        return [*numbered, (NONE, f"{len(offered) + 1} {_('none of these: something else is wrong')}")]

    def _open_tickets(self) -> list[Ticket]:
        if self.draft.person is None:
            return []
        found = Ticket.objects.of(self.draft.person).filter(state__in=MERGEABLE)
        return list(found.order_by("received_at", "pk")[:5])

    def _phone_help(self) -> str:
        """Say that the number on the record is used where none is typed; it is shown masked."""
        masked = self.draft.person.masked_phone if self.draft.person else ""
        return _("Empty: the number on the record, %(masked)s.") % {"masked": masked} if masked else ""

    def _merge_label(self) -> str:
        return (
            _("merge into %(number)s") % {"number": self.open_tickets[0].number} if self.open_tickets else ""
        )

    def _intake(self) -> intake.Intake:
        values = dict(self.cleaned_data)
        values.pop("merge")
        answer, look = values.pop("disputed"), values.pop("look")
        values["explained"] = look if values["explained"] else None
        disputed = values["outcome"] == DISPUTED
        values["outcome"] = intake.HAND_ON if disputed else values["outcome"]
        handed_on = values["outcome"] == intake.HAND_ON
        case = self._case(answer)
        values["received_at"] = values["received_at"] or self.draft.began_at
        kind = TicketKind.CONDUCT if values["category"] in CONDUCT else TicketKind.CORRECTION
        return intake.Intake(
            **values,
            kind=(kind if handed_on else TicketKind.CONSULT).value,
            is_disputed=disputed,
            disputed_case=case if disputed else None,
            no_case=answer == NONE,
        )

    def _case(self, answer: str) -> Case | None:
        """Return the ground that is not accepted: the one chosen, or the only one that stands."""
        standing = [one.case for one in self.explanation.standing] if self.explanation else []
        if not answer and len(standing) == 1:
            return standing[0]
        return Case.objects.filter(pk=answer).first() if answer.isdecimal() else None


def _guess(explanation: Explanation | None, at: datetime) -> str:
    if explanation is None or not explanation.standing:
        return routing.guess(None)
    order = explanation.order
    over = order is not None and order.until is not None and order.until <= at
    return routing.guess(explanation.standing[0].ground, control_over=over)
