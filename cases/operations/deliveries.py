"""Operations on deliveries: a CDC line list as a file."""

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.feeds import line_lists
from cases.operations.base import Operation


class DeliverLineList(Operation):
    """Deliver a line list: good rows become reports to the control group, the others come back with reasons."""

    name = "deliver-line-list"
    label = _("Deliver a line list")
    act = "batch.deliver"
    weight = "primary"

    file = forms.FileField(
        label=_("line list (CSV)"),
        help_text=_("UTF-8 or GB18030, the first row names the columns, at most 5,000 rows."),
    )

    def perform(self, *, seen: int | None) -> str | Promise:
        file = self.cleaned_data["file"]
        batch = line_lists.deliver(file.read(), file_name=file.name, by=self.by, at=self.at)
        self.made = batch
        counts = {"accepted": batch.accepted, "rejected": batch.rejected}
        return _("%(accepted)s people reported, %(rejected)s rows returned.") % counts
