"""Operations on the duty roster, and the calls that somebody on duty makes."""

from datetime import datetime

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Call, Person, Shift
from cases.operations.base import PersonOperation
from cases.selectors import fallen
from cases.selectors.roster import WATCH, offices_of
from cases.services.roster import calls, shifts
from healthcode.core import languages
from healthcode.core.acts.base import Operation
from healthcode.core.acts.fields import reason_field
from healthcode.core.offices.models import User
from healthcode.core.offices.staff import ON_DUTY


class UserOnDutyField(forms.ModelChoiceField):
    """Somebody of an office, found by their username."""

    def label_from_instance(self, obj: User) -> str:  # type: ignore[override]
        return f"{obj.office} · {languages.bracketed(obj.name, obj.get_role_display())}"


class EnterShift(Operation):
    """Enter who is on duty, from when until when, under which telephone number."""

    alone = True
    name = "enter-shift"
    label = _("Enter a shift of the duty roster")
    act = "roster.enter"

    user = UserOnDutyField(label=_("on duty"), queryset=User.objects.none(), to_field_name="username")
    phone = forms.CharField(
        label=_("telephone"),
        max_length=20,
        required=False,
        help_text=_("Left empty, the number of the account is called."),
    )
    from_at = forms.DateTimeField(label=pgettext_lazy("time", "from"))
    until = forms.DateTimeField(label=pgettext_lazy("shift", "until"))
    leads = forms.BooleanField(
        label=_("leader on duty: called about what is beyond its hours"), required=False
    )

    def limit(self) -> None:
        users = User.objects.filter(office__in=offices_of(self.by), is_active=True, role__in=ON_DUTY)
        users = users.select_related("office").order_by("office__code", "username")
        self.fields["user"].queryset = users  # type: ignore[attr-defined]
        if not self.by.may(WATCH):
            del self.fields["leads"]

    def perform(self, *, seen: int | None) -> str | Promise:
        data = dict(self.cleaned_data)
        shift = shifts.enter(office=data["user"].office, **data, by=self.by, at=self.at)
        self.made = shift
        return _("On the roster: %(shift)s, %(phone)s.") % {"shift": shift, "phone": shift.phone}


class WithdrawShift(Operation):
    """Take a shift back that is not over yet."""

    alone = True
    in_menu = False
    name = "withdraw-shift"
    label = _("Take the shift back")
    act = "roster.enter"
    weight = "danger"

    shift = forms.ModelChoiceField(label=_("shift"), queryset=Shift.objects.none())
    reason = reason_field()

    def limit(self) -> None:
        own = Shift.objects.kept().filter(office__in=offices_of(self.by), until__gt=self.at)
        self.fields["shift"].queryset = own.select_related("office", "user").order_by("from_at", "pk")  # type: ignore[attr-defined]

    def perform(self, *, seen: int | None) -> str | Promise:
        shifts.withdraw(**self.cleaned_data, by=self.by, at=self.at)
        return _("Taken back: nobody is called by this shift any more.")


class RecordCall(PersonOperation):
    """Record that somebody whose ground stands again was telephoned, or could not be reached."""

    place = 10
    name = "record-call"
    label = _("Record the call")
    act = "case.record_call"
    weight = "primary"

    called_at = forms.DateTimeField(label=_("called at"))
    reached = forms.ChoiceField(label=_("who was reached"), choices=Call.Reached.choices)
    tries = forms.IntegerField(label=_("number of tries"), min_value=1, max_value=99, initial=1)

    def limit(self) -> None:
        self.fields["called_at"].initial = self.at

    @classmethod
    def offered(cls, person: Person, *, by: User, at: datetime) -> bool:
        return fallen.uncalled().filter(person__among=person.group).exists()

    def perform(self, *, seen: int | None) -> str | Promise:
        assert self.person is not None
        calls.record(self.person, **self.cleaned_data, by=self.by, at=self.at, seen=seen)
        if self.cleaned_data["reached"] == Call.Reached.NOBODY:
            return _("Recorded. Nobody was reached: the call goes on waiting.")
        return _("Recorded: it is off the list.")
