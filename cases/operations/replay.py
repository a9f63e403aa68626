"""The question a replay answers: which day, of which division."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from cases.operations import fields
from cases.policy import days
from cases.selectors.replay import Replay, first_day, replay
from healthcode.core.acts.sentences import Asking
from healthcode.core.offices.models import Division, User
from healthcode.core.offices.scope import within


class ReplayForm(Asking, forms.Form):
    """A past day or today, and a division of the reader's jurisdiction."""

    day = forms.DateField(label=_("day"))
    division = fields.DivisionField(label=_("division"), to_field_name="code")

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, by: User, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.at = at
        own = Division.objects.filter(within(by.jurisdiction, "code")).annotate(length=Length("code"))
        self.fields["division"].queryset = (  # type: ignore[attr-defined]
            own.filter(length__lte=9).select_related("parent").order_by("code")
        )

    @staticmethod
    def yesterday(by: User, at: datetime) -> dict[str, Any]:
        """Return what is asked for where nobody asked yet."""
        return {"day": days.local_day(at) - days.ONE_DAY, "division": by.jurisdiction}

    def clean_day(self) -> Any:
        day = self.cleaned_data["day"]
        if day > days.local_day(self.at):
            raise forms.ValidationError(_("This day lies in the future."), code="future")
        first = first_day()
        if day < first:
            raise forms.ValidationError(
                _("The first rule book came into force on %(day)s."), code="before", params={"day": first}
            )
        return day

    def replay(self) -> Replay:
        """Return the replay of a valid question."""
        return replay(self.cleaned_data["day"], division=self.cleaned_data["division"], at=self.at)
