"""Fields that operations of every room ask for, each written once, and the base of those that decide."""

from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcode.core.offices import places
from healthcode.core.offices.refusals import Refusal

APPROVE, REFUSE = "approve", "refuse"
SENT_BACK = _("Sent back with your reason.")


def reason_field(*, required: bool = True, limit: int = 500) -> forms.CharField:
    """Return a field for a reason in one's own words."""
    area = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(label=_("reason"), max_length=limit, required=required, widget=area)


class DivisionTextField(forms.CharField):
    """A division of any level, by its code or its name, cleaned to the division."""

    def __init__(self, **kwargs: Any) -> None:
        example = _("Code or full name, for example 330624 or 新昌县.")
        super().__init__(**{"max_length": 60, "help_text": example, **kwargs})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return places.find(text) if text else None
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal), code=refusal.code) from refusal


class NumberedRowField(forms.ModelChoiceField):
    """A row named by another one's number; a number longer than any database holds is no choice."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except OverflowError as error:
            raise forms.ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice"
            ) from error


def decision_field(approve: tuple[str, str | Promise] = (APPROVE, _("approve"))) -> forms.ChoiceField:
    """Return the field of a decision; `approve` is the value and word of the answer that is no refusal."""
    return forms.ChoiceField(label=_("decision"), choices=(approve, (REFUSE, _("send back"))))


class Deciding(forms.Form):
    """Base of operations that approve what somebody else proposed, or send it back with a reason."""

    decision = decision_field()
    reason = reason_field(required=False)

    place: ClassVar[int] = 10
    cleaned_data: dict[str, Any]

    def approves(self) -> bool:
        """Tell whether a valid form approves."""
        return bool(self.cleaned_data["decision"] != REFUSE)

    def perform(self, *, seen: int | None) -> str | Promise:
        approve = self.approves()
        message = self.decide(approve=approve, answer=self.cleaned_data["reason"], seen=seen)
        return message if approve else SENT_BACK

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        """Call the one service; return what happened where it was approved."""
        raise AssertionError  # pragma: no cover
