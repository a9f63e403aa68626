"""Fields that operations of every room ask for, each written once, and the base of those that decide."""

from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcode.core.offices.models import Division

APPROVE, REFUSE = "approve", "refuse"
SENT_BACK = _("Sent back with your reason.")


def reason_field(*, required: bool = True, limit: int = 500) -> forms.CharField:
    """Return a field for a reason in one's own words."""
    area = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(label=_("reason"), max_length=limit, required=required, widget=area)


class DivisionCodeField(forms.CharField):
    """The code of a division, cleaned to the division."""

    default_error_messages = {"unknown": _("There is no division with this code.")}  # noqa: RUF012

    def __init__(self, **kwargs: Any) -> None:
        example = _("Code of the division, for example 330624.")
        super().__init__(**{"max_length": 12, "help_text": example, **kwargs})

    def clean(self, value: Any) -> Any:
        code = super().clean(value)
        division = Division.objects.filter(pk=code).first() if code else None
        if code and division is None:
            raise forms.ValidationError(self.error_messages["unknown"], code="unknown")
        return division


def decision_field(approve: tuple[str, str | Promise] = (APPROVE, _("approve"))) -> forms.ChoiceField:
    """Return the field of a decision; `approve` is the value and word of the answer that is no refusal."""
    return forms.ChoiceField(label=_("decision"), choices=(approve, (REFUSE, _("send back"))))


class Deciding(forms.Form):
    """Base of operations that approve what somebody else proposed, or send it back with a reason."""

    decision = decision_field()
    reason = reason_field(required=False)

    place: ClassVar[int] = 10
    cleaned_data: dict[str, Any]

    def perform(self, *, seen: int | None) -> str | Promise:
        approve = self.cleaned_data["decision"] != REFUSE
        message = self.decide(approve=approve, answer=self.cleaned_data["reason"], seen=seen)
        return message if approve else SENT_BACK

    def decide(self, *, approve: bool, answer: str, seen: int | None) -> str | Promise:
        """Call the one service; return what happened where it was approved."""
        raise AssertionError  # pragma: no cover
