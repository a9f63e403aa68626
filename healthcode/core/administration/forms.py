"""The forms of account acts, each ending in one service of `accounts`, `tokens` or `registry`."""

from datetime import datetime, timedelta

from django import forms
from django.core.validators import validate_slug
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from healthcode.core.acts.pages import Act, Done
from healthcode.core.offices import accounts, registry, roles, tokens
from healthcode.core.offices.models import Division, Office, Token, User

TOKEN_DAYS = 365


def _offices() -> QuerySet[Office]:
    return Office.objects.order_by("division", "kind", "pk")


def _roles() -> list[tuple[str, object]]:
    return [choice for choice in roles.Role.choices if choice[0] != roles.Role.SYSTEM]


class Place(Act):
    """A role in an office."""

    role = forms.ChoiceField(label=_("role"), choices=_roles)
    office = forms.ModelChoiceField(Office.objects.none(), label=_("office"))
    is_head = forms.BooleanField(label=_("head of the office"), required=False)

    def prepare(self) -> None:
        self.fields["office"].queryset = _offices()  # type: ignore[attr-defined]


class Create(Place):
    """Prepare an account."""

    name, label, alone, weight = "create", _("Prepare an account"), True, "primary"
    username = forms.CharField(label=_("username"), max_length=60)
    full_name = forms.CharField(label=_("name"), max_length=60)
    phone = forms.CharField(label=_("telephone"), max_length=20, required=False)
    field_order = ("username", "full_name", "phone", "role", "office", "is_head")

    def perform(self) -> Done:
        said = self.cleaned_data
        user = accounts.create(
            username=said["username"],
            name=said["full_name"],
            role=said["role"],
            office=said["office"],
            phone=said["phone"],
            is_head=said["is_head"],
            by=self.by,
            at=self.at,
        )
        return Done(_("%(user)s is prepared. Another administrator has to grant it.") % {"user": user}, user)


class Grant(Act):
    """Let a prepared account be used."""

    name, label, weight = "grant", _("Grant this account"), "primary"

    @classmethod
    def offered(cls, subject: User, by: User) -> bool:
        return not subject.is_active and by.pk not in (subject.pk, subject.created_by_id)

    def perform(self) -> Done:
        password = accounts.grant(self.subject, by=self.by, at=self.at)
        return Done(_("%(user)s may be used now.") % {"user": self.subject}, self.subject, password)


class Reassign(Place):
    """Give an account another role or office."""

    name, label = "reassign", _("Other role or office")

    @classmethod
    def offered(cls, subject: User, by: User) -> bool:
        return subject.pk != by.pk and subject.role != roles.Role.SYSTEM

    def prepare(self) -> None:
        super().prepare()
        self.initial = {
            "role": self.subject.role,
            "office": self.subject.office_id,
            "is_head": self.subject.is_head,
        }

    def perform(self) -> Done:
        said = self.cleaned_data
        accounts.reassign(
            self.subject,
            role=said["role"],
            office=said["office"],
            is_head=said["is_head"],
            by=self.by,
            at=self.at,
        )
        message = _("%(user)s is closed until another administrator grants the new place.")
        return Done(message % {"user": self.subject}, self.subject)


class Deactivate(Act):
    """Close an account."""

    name, label, weight = "deactivate", _("Close this account"), "danger"
    reason = forms.CharField(label=_("reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    @classmethod
    def offered(cls, subject: User, by: User) -> bool:
        return subject.is_active and subject.pk != by.pk and subject.role != roles.Role.SYSTEM

    def perform(self) -> Done:
        accounts.deactivate(self.subject, reason=self.cleaned_data["reason"], by=self.by, at=self.at)
        return Done(_("%(user)s is closed.") % {"user": self.subject}, self.subject)


class ResetPassword(Act):
    """Give a user a new password."""

    name, label = "password", _("Reset the password")

    @classmethod
    def offered(cls, subject: User, by: User) -> bool:
        return subject.is_active and subject.is_staff and subject.pk != by.pk

    def perform(self) -> Done:
        password = accounts.reset_password(self.subject, by=self.by, at=self.at)
        return Done(_("New password of %(user)s") % {"user": self.subject}, self.subject, password)


class SetHead(Act):
    """Name or release the head of an office."""

    name, label = "head", _("Head of the office")
    is_head = forms.BooleanField(label=_("head of the office"), required=False)

    @classmethod
    def offered(cls, subject: User, by: User) -> bool:
        return subject.is_staff and subject.pk != by.pk

    def prepare(self) -> None:
        self.initial = {"is_head": self.subject.is_head}

    def perform(self) -> Done:
        is_head = self.cleaned_data["is_head"]
        accounts.set_head(self.subject, is_head=is_head, by=self.by, at=self.at)
        message = _("%(user)s heads the office.") if is_head else _("%(user)s no longer heads the office.")
        return Done(message % {"user": self.subject}, self.subject)


class IssueToken(Act):
    """Make a token for a machine."""

    name, label = "token", _("Issue a token")
    title = forms.CharField(label=_("label"), max_length=60)
    expires_at = forms.DateTimeField(label=_("expires at"))

    @classmethod
    def offered(cls, subject: User, by: User) -> bool:
        return subject.is_active and subject.role in roles.TOKEN_HOLDERS

    def prepare(self) -> None:
        in_a_year: datetime = self.at + timedelta(days=TOKEN_DAYS)
        self.initial = {"expires_at": in_a_year.replace(microsecond=0)}

    def perform(self) -> Done:
        said = self.cleaned_data
        token, secret = tokens.issue(
            self.subject, label=said["title"], expires_at=said["expires_at"], by=self.by, at=self.at
        )
        return Done(_("New token of %(user)s") % {"user": self.subject}, token, secret)


class RevokeToken(Act):
    """Make a token useless."""

    name, label, weight = "revoke", _("Revoke this token"), "danger"

    @classmethod
    def offered(cls, subject: Token, by: User) -> bool:
        return subject.revoked_at is None

    def perform(self) -> Done:
        tokens.revoke(self.subject, by=self.by, at=self.at)
        return Done(_("The token is revoked."), self.subject)


class OpenOffice(Act):
    """Open an office."""

    name, label, alone, weight = "open", _("Open an office"), True, "primary"
    code = forms.CharField(label=_("code"), max_length=40, validators=(validate_slug,))
    office_name = forms.CharField(label=pgettext_lazy("office", "name"), max_length=100)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)
    kind = forms.ChoiceField(label=_("kind"), choices=roles.Kind.choices)
    division = forms.CharField(
        label=_("jurisdiction"), max_length=12, help_text=_("Code of the division, for example 330624.")
    )
    phone = forms.CharField(label=_("telephone"), max_length=20, required=False)
    address = forms.CharField(label=_("address"), max_length=200, required=False)

    def clean_division(self) -> Division:
        division = Division.objects.filter(pk=self.cleaned_data["division"]).first()
        if division is None:
            raise forms.ValidationError(_("There is no division with this code."))
        return division

    def perform(self) -> Done:
        said = dict(self.cleaned_data)
        office = registry.open_office(name=said.pop("office_name"), **said, by=self.by, at=self.at)
        return Done(_("%(office)s is open.") % {"office": office}, office)


class CorrectOffice(Act):
    """Correct an office's names, telephone number and address."""

    name, label = "correct", _("Correct the details")
    office_name = forms.CharField(label=pgettext_lazy("office", "name"), max_length=100)
    name_en = forms.CharField(label=_("English name"), max_length=120, required=False)
    phone = forms.CharField(label=_("telephone"), max_length=20, required=False)
    address = forms.CharField(label=_("address"), max_length=200, required=False)

    def prepare(self) -> None:
        self.initial = {name: getattr(self.subject, name) for name in ("name_en", "phone", "address")}
        self.initial["office_name"] = self.subject.name

    def perform(self) -> Done:
        said = dict(self.cleaned_data)
        office = registry.correct(self.subject, name=said.pop("office_name"), **said, by=self.by, at=self.at)
        return Done(_("The details of %(office)s are corrected.") % {"office": office}, office)
