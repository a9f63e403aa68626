"""The forms of acts on what an account is let in by beside its password: its confirmation code, its second factor."""

from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcode.core.administration.forms import AccountOperation, Prepared, account_facts
from healthcode.core.offices import confirmations, second_factor
from healthcode.core.offices.letters import ActivationLetter
from healthcode.core.offices.models import User


class ReadConfirmation(AccountOperation):
    """Read the second code with which an account opens, to tell it to its owner."""

    name, label, weight = "confirmation", _("Read the confirmation code"), "primary"
    discloses, confirms = True, False
    notice = _("The reading is recorded. Tell the code to its owner alone, in person or by telephone.")
    result_template = "acts/confirmations.html"

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.created_by_id == by.pk and bool(confirmations.of(subject))

    def do(self) -> str | Promise:
        self.secret = confirmations.read(self.subject, by=self.by, at=self.at)
        return _("The confirmation code of %(user)s") % {"user": self.subject}

    def result(self, secret: str) -> dict[str, Any]:
        return {"letters": [ActivationLetter(self.subject, secret)]}


class AskRemoval(AccountOperation):
    """Ask that a lost second factor be taken away, for another administrator to grant."""

    name, label = "ask-removal", _("Take the second factor away")

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        factor = subject.second_factor
        return factor is not None and factor.removal_by_id is None and subject.pk != by.pk

    def do(self) -> str | Promise:
        second_factor.ask_removal(self.subject, by=self.by, at=self.at)
        return _("Asked for; another administrator has to grant it.")


class GrantRemoval(AccountOperation):
    """Take a second factor away as another administrator asked."""

    name, label, weight = "grant-removal", _("Grant the removal of the second factor"), "primary"

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        factor = subject.second_factor
        asked = factor is not None and factor.removal_by_id is not None
        return asked and by.pk not in (subject.pk, factor.removal_by_id)

    def about(self) -> tuple[Prepared, ...]:
        factor = self.subject.second_factor
        facts = tuple(account_facts(self.subject))
        return (Prepared(str(self.label), factor.removal_by, factor.removal_at, facts),)

    def do(self) -> str | Promise:
        second_factor.grant_removal(self.subject, by=self.by, at=self.at)
        return _("The second factor of %(user)s is taken away.") % {"user": self.subject}
