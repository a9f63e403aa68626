"""Operations of the desk's lead on text modules."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models.modules import SHORTCUTS
from complaints.operations.handling import text_field
from complaints.services import modules
from healthcode.core.acts.rows import RowOperation
from healthcode.core.offices.models import User


class ModuleFields(RowOperation):
    """What a text module consists of."""

    act = modules.ACT
    weight = "primary"
    confirms = False

    title = forms.CharField(label=_("title"), max_length=40)
    text = text_field(
        pgettext_lazy("text module", "text"),
        500,
        help_text=_("Without a present colour and without a telephone number."),
    )
    text_en = text_field(_("text in English"), 800, required=False)
    shortcut = forms.ChoiceField(
        label=_("key that inserts it"),
        choices=[("", "–"), *((key, f"Alt+{key}") for key in SHORTCUTS)],
        required=False,
    )


class CreateModule(ModuleFields):
    """Enter a text that whoever tells a citizen something can insert."""

    name, label = "create", _("Enter a text module")
    alone = True

    def do(self) -> str | Promise:
        self.made = modules.create(**self.cleaned_data, by=self.by, at=self.at)
        return _("“%(title)s” can be inserted now.") % {"title": self.made}


class ChangeModule(ModuleFields):
    """Change a text module."""

    name, label = "change-text", _("Change the text")

    def limit(self) -> None:
        self.initial = {name: getattr(self.subject, name) for name in ModuleFields.base_fields}

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.withdrawn_at is None

    def do(self) -> str | Promise:
        module = modules.change(self.subject, **self.cleaned_data, by=self.by, at=self.at)
        return _("“%(title)s” is changed.") % {"title": module}


class WithdrawModule(RowOperation):
    """Offer a text module no more."""

    name, label, act = "withdraw", _("Withdraw this text"), modules.ACT
    weight = "danger"
    confirms = False
    notice = _("It is offered no more; what was told with it stays as it was told.")

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.withdrawn_at is None

    def do(self) -> str | Promise:
        module = modules.withdraw(self.subject, by=self.by, at=self.at)
        return _("“%(title)s” is withdrawn.") % {"title": module}
