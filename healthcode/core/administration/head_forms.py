"""The forms of naming and releasing the head of an office."""

from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcode.core.administration.forms import AccountOperation, Prepared, account_facts
from healthcode.core.offices import heads
from healthcode.core.offices.models import User


class AskHead(AccountOperation):
    """Ask that an account head its office, for another administrator to grant."""

    name, label = "head", _("Name head of the office")

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        named = subject.is_head or subject.head_asked_by_id is not None
        return subject.is_staff and subject.is_active and not named and subject.pk != by.pk

    def do(self) -> str | Promise:
        heads.ask(self.subject, by=self.by, at=self.at)
        return _("Asked for; another administrator has to grant it.")


class GrantHead(AccountOperation):
    """Name the head of an office as another administrator asked."""

    name, label, weight = "grant-head", _("Grant that this account heads its office"), "primary"

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.head_asked_by_id is not None and by.pk not in (subject.pk, subject.head_asked_by_id)

    def about(self) -> tuple[Prepared, ...]:
        asked = self.subject
        facts = tuple(account_facts(asked))
        return (Prepared(str(self.label), asked.head_asked_by, asked.head_asked_at, facts),)

    def do(self) -> str | Promise:
        heads.grant(self.subject, by=self.by, at=self.at)
        return _("%(user)s heads the office.") % {"user": self.subject}


class ReleaseHead(AccountOperation):
    """Take the part of a head away, or what was asked."""

    name, label = "release-head", _("Withdraw head of the office")

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return (subject.is_head or subject.head_asked_by_id is not None) and subject.pk != by.pk

    def do(self) -> str | Promise:
        heads.release(self.subject, by=self.by, at=self.at)
        return _("%(user)s no longer heads the office.") % {"user": self.subject}
