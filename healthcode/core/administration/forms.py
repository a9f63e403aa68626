"""The forms of account acts, each ending in one service of `accounts` or `tokens`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from healthcode.core import languages
from healthcode.core.acts.fields import reason_field
from healthcode.core.acts.rows import RowOperation
from healthcode.core.acts.tags import when
from healthcode.core.offices import accounts, open_sessions, roles, seats, staff, tokens
from healthcode.core.offices.letters import ActivationLetter
from healthcode.core.offices.models import Office, Token, User


def _offices() -> QuerySet[Office]:
    return Office.objects.order_by("division", "kind", "pk")


def _roles() -> list[tuple[str, object]]:
    return [choice for choice in staff.Role.choices if choice[0] != staff.Role.SYSTEM]


@dataclass(frozen=True)
class Prepared:
    """What another administrator prepared, for whoever grants it to read first."""

    title: str
    by: User | None
    at: datetime | None
    facts: tuple[tuple[Any, Any], ...]
    wait = reason = None


def account_facts(user: User) -> Iterator[tuple[Any, Any]]:
    """Return whom an account is of, as what, for whoever grants something about it."""
    yield _("username"), user.username
    yield _("name"), user.name
    yield _("role"), user.get_role_display()
    yield _("office"), user.office


def prepared_account(user: User) -> Prepared:
    """Return whom an account would let in, and as what."""
    head = _("yes") if user.is_head else ""
    facts = (*account_facts(user), (_("head of the office"), head), (_("telephone"), user.phone))
    return Prepared(str(user), user.created_by, user.created_at, facts)


def prepared_token(token: Token) -> Prepared:
    """Return what a token would open."""
    facts = (
        (_("user"), token.user.name),
        (_("opens"), words_of(token)),
        (_("from these addresses only"), token.addresses or _("from anywhere")),
        (_("expires at"), when(token.expires_at)),
    )
    return Prepared(token.label, token.created_by, token.created_at, facts)


def words_of(token: Token) -> str:
    """Return in words what a token opens."""
    acts = [str(roles.ACTS[act].words) for act in token.acts.split()]
    return languages.listed(acts, phrases=True) if acts else str(_("everything that its machine may"))


class AccountOperation(RowOperation):
    """An act of an administrator on an account, an office or a token."""

    act = "account.manage"
    proven = True


class Place(AccountOperation):
    """A role in an office."""

    role = forms.ChoiceField(label=_("role"), choices=_roles)
    office = forms.ModelChoiceField(Office.objects.none(), label=_("office"))
    is_head = forms.BooleanField(label=_("head of the office"), required=False)

    def limit(self) -> None:
        self.fields["office"].queryset = _offices()  # type: ignore[attr-defined]


class Create(Place):
    """Prepare an account."""

    name, label, alone, weight = "create", _("Prepare an account"), True, "primary"
    username = forms.CharField(label=_("username"), max_length=60)
    full_name = forms.CharField(label=_("name"), max_length=60)
    phone = forms.CharField(label=_("telephone"), max_length=20, required=False)
    field_order = ("username", "full_name", "phone", "role", "office", "is_head")

    def do(self) -> str | Promise:
        fields = dict(self.cleaned_data)
        self.made = accounts.create(name=fields.pop("full_name"), **fields, by=self.by, at=self.at)
        return _("%(user)s is prepared. Another administrator has to grant it.") % {"user": self.made}


class Grant(AccountOperation):
    """Let a prepared account be used."""

    name, label, weight = "grant", _("Grant this account"), "primary"
    result_template = "acts/letters.html"
    two_people = forms.BooleanField(label=_("I have made sure that these are two people"), required=False)

    def limit(self) -> None:
        others = seats.alike(self.subject)
        alike = [
            " · ".join(
                [one.name, one.username, str(one.office), one.phone or "–"]
                + ([] if one.is_active else [str(_("not granted, or closed"))])
            )
            for one in others
        ]
        if alike:
            self.fields["two_people"].help_text = _("The same name or telephone: %(who)s") % {
                "who": languages.listed(alike, phrases=True)
            }
        else:
            del self.fields["two_people"]

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return not subject.is_active and by.pk not in (subject.pk, subject.created_by_id)

    def about(self) -> tuple[Prepared, ...]:
        return (prepared_account(self.subject),) if self.subject.created_by_id else ()

    def do(self) -> str | Promise:
        two_people = self.cleaned_data.get("two_people", False)
        self.secret = accounts.grant(self.subject, two_people=two_people, by=self.by, at=self.at)
        return _("%(user)s may be used now.") % {"user": self.subject}

    def result(self, secret: str) -> dict[str, Any]:
        return {"letters": [ActivationLetter(self.subject, secret)]}


class Reassign(Place):
    """Give an account another role or office."""

    name, label = "reassign", _("Other role or office")

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.pk != by.pk and subject.role != staff.Role.SYSTEM

    def limit(self) -> None:
        super().limit()
        self.initial = {
            "role": self.subject.role,
            "office": self.subject.office_id,
            "is_head": self.subject.is_head,
        }

    def do(self) -> str | Promise:
        accounts.reassign(self.subject, **self.cleaned_data, by=self.by, at=self.at)
        return _("%(user)s is closed until another administrator grants the new place.") % {
            "user": self.subject
        }


class Deactivate(AccountOperation):
    """Close an account."""

    name, label, weight = "deactivate", _("Close this account"), "danger"
    reason = reason_field()

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.is_active and subject.pk != by.pk and subject.role != staff.Role.SYSTEM

    def do(self) -> str | Promise:
        accounts.deactivate(self.subject, reason=self.cleaned_data["reason"], by=self.by, at=self.at)
        return _("%(user)s is closed.") % {"user": self.subject}


class ResetPassword(AccountOperation):
    """Take a user's password away, for another administrator to grant a new one."""

    name, label = "password", _("Reset the password")

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.is_active and subject.is_staff and subject.pk != by.pk

    def do(self) -> str | Promise:
        accounts.reset_password(self.subject, by=self.by, at=self.at)
        return _("%(user)s is closed until another administrator grants the account with a new password.") % {
            "user": self.subject
        }


class EndSessions(AccountOperation):
    """End every open session of an account, which may log in anew at once."""

    name, label = "sessions", _("End the open sessions")

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.is_staff and subject.pk != by.pk and open_sessions.of(subject).exists()

    def do(self) -> str | Promise:
        number = open_sessions.end(self.subject, by=self.by, at=self.at)
        return _("Open sessions ended: %(number)s.") % {"number": number}


class PrepareToken(AccountOperation):
    """Prepare a token for a machine."""

    name, label = "token", _("Prepare a token")
    title = forms.CharField(label=_("label"), max_length=60)
    acts = forms.MultipleChoiceField(
        label=_("opens"),
        help_text=_("Only what this interface sends: whoever finds the token can do no more."),
    )
    addresses = forms.CharField(
        label=_("from these addresses only"),
        max_length=500,
        required=False,
        help_text=_("Addresses or networks, such as 10.1.2.3 or 10.1.2.0/24; from anywhere if empty."),
    )
    expires_at = forms.DateTimeField(label=_("expires at"))

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.is_active and subject.role in staff.TOKEN_HOLDERS

    def limit(self) -> None:
        in_a_year: datetime = self.at + timedelta(days=settings.TOKEN_DAYS)
        self.initial = {"expires_at": in_a_year.replace(microsecond=0)}
        acts: Any = self.fields["acts"]
        acts.choices = [(act, roles.ACTS[act].words) for act in roles.acts_of(self.subject.role)]

    def do(self) -> str | Promise:
        fields = dict(self.cleaned_data)
        self.made = tokens.prepare(self.subject, label=fields.pop("title"), **fields, by=self.by, at=self.at)
        return _("The token of %(user)s is prepared. Another administrator has to grant it.") % {
            "user": self.subject
        }


class GrantToken(AccountOperation):
    """Let a prepared token be used."""

    name, label, weight = "grant", _("Grant this token"), "primary"

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.granted_at is None and subject.revoked_at is None and by.pk != subject.created_by_id

    def about(self) -> tuple[Prepared, ...]:
        return (prepared_token(self.subject),)

    def do(self) -> str | Promise:
        self.secret = tokens.grant(self.subject, by=self.by, at=self.at)
        return _("New token of %(user)s") % {"user": self.subject.user}


class RevokeToken(AccountOperation):
    """Make a token useless."""

    name, label, weight = "revoke", _("Revoke this token"), "danger"

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.revoked_at is None

    def do(self) -> str | Promise:
        tokens.revoke(self.subject, by=self.by, at=self.at)
        return _("The token is revoked.")
