"""Divisions, offices, accounts and tokens, for administrators."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from healthcode.core.acts.buttons import ActAdmin
from healthcode.core.administration import credential_forms, forms, head_forms, office_forms
from healthcode.core.offices import scope
from healthcode.core.offices.models import Division, Office, Token, User
from healthcode.core.offices.scoped_admin import ScopedModelAdmin, reader
from healthcode.core.offices.staff import Role


class PartOf(admin.SimpleListFilter):
    """Divisions one level below a chosen one."""

    title = _("part of")
    parameter_name = "in"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        above = self.value() or reader(request).jurisdiction
        return [(division.pk, division) for division in Division.objects.filter(parent=above).order_by("pk")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(scope.within(self.value() or "", "pk")) if self.value() else queryset


@admin.register(Division)
class DivisionAdmin(ScopedModelAdmin):
    """Administrative divisions, as they ship."""

    view_act = "office.view"
    ordering = ("pk",)
    select_related = ("parent",)
    list_display = ("code", "name", "name_en", "parent")
    list_filter = (PartOf,)
    fields = readonly_fields = ("code", "name", "name_en", "parent")

    def scope(self, request: HttpRequest) -> QuerySet[Division]:
        return Division.objects.all()


@admin.register(Office)
class OfficeAdmin(ActAdmin):
    """Offices: what each is, and the area it answers for."""

    view_act = "office.view"
    ordering = ("division", "kind", "pk")
    select_related = ("division", "prepared_by", "granted_by")
    list_display = ("name", "kind", "division", "code", "phone")
    list_filter = (("kind", admin.ChoicesFieldListFilter),)
    fields = readonly_fields = (
        *("name", "name_en", "code", "kind", "division", "phone", "address", "hours"),
        *("prepared_by", "prepared_at", "granted_by", "granted_at"),
    )
    operations = (office_forms.OpenOffice, office_forms.GrantOffice, office_forms.CorrectOffice)

    def scope(self, request: HttpRequest) -> QuerySet[Office]:
        return Office.objects.all()


class Waiting(admin.SimpleListFilter):
    """Accounts by whether they may be used."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, Any], ...]:
        return (("active", _("in use")), ("waiting", _("not granted, or closed")))

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(is_active=self.value() == "active") if self.value() else queryset


@admin.register(User)
class UserAdmin(ActAdmin):
    """Accounts: who, in which role and office, prepared and granted by whom."""

    view_act = "office.view"
    select_related = ("office", "created_by", "granted_by", "second_factor", "head_asked_by")
    list_display = (
        "login",
        "full_name",
        "role",
        "office",
        "is_head",
        "is_active",
        "created_by",
        "granted_by",
    )
    list_filter = (Waiting, ("role", admin.ChoicesFieldListFilter))
    fields = (
        *(
            "login",
            "full_name",
            "role",
            "office",
            "is_head",
            "head_asked",
            "phone",
            "is_active",
            "prepared_by",
        ),
        "created_at",
        *("granted_by", "granted_at", "last_login"),
    )
    readonly_fields = fields
    operations = (
        forms.Create,
        forms.Grant,
        credential_forms.ReadConfirmation,
        forms.Reassign,
        head_forms.AskHead,
        head_forms.GrantHead,
        head_forms.ReleaseHead,
        forms.ResetPassword,
        forms.EndSessions,
        credential_forms.AskRemoval,
        credential_forms.GrantRemoval,
        forms.PrepareToken,
        forms.Deactivate,
    )

    def scope(self, request: HttpRequest) -> QuerySet[User]:
        return User.objects.all()

    @admin.display(description=_("username"), ordering="username")
    def login(self, user: User) -> str:
        """Return what is typed to log in; nobody logs in as the portal itself."""
        return str(user) if user.role == Role.SYSTEM else user.username

    @admin.display(description=_("name"))
    def full_name(self, user: User) -> str:
        return str(user) if user.role == Role.SYSTEM else user.name

    @admin.display(description=_("asked for as head by"), empty_value="–")
    def head_asked(self, user: User) -> str:
        return str(user.head_asked_by or "–")

    @admin.display(description=_("prepared by"), empty_value="–")
    def prepared_by(self, user: User) -> str:
        return str(user.created_by or "–")


class Valid(admin.SimpleListFilter):
    """Tokens by whether they still open anything."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, Any], ...]:
        return (
            ("valid", _("valid")),
            ("waiting", _("not granted yet")),
            ("void", _("expired or revoked")),
        )

    def queryset(self, request: HttpRequest, queryset: QuerySet[Token]) -> QuerySet[Token]:
        now: datetime = timezone.now()
        runs = Q(revoked_at=None, expires_at__gt=now)
        match self.value():
            case "valid":
                return queryset.filter(runs, granted_at__isnull=False)
            case "waiting":
                return queryset.filter(runs, granted_at=None)
            case "void":
                return queryset.exclude(runs)
        return queryset


@admin.register(Token)
class TokenAdmin(ActAdmin):
    """Tokens of machines; the secret itself is nowhere."""

    view_act = "account.manage"
    select_related = ("user", "created_by", "granted_by")
    list_display = (
        *("label", "user", "created_by", "created_at", "granted_by", "expires_at", "revoked_at"),
        "last_used_at",
    )
    list_filter = (Valid,)
    fields = readonly_fields = (
        *("label", "user", "opens", "addresses", "created_by", "created_at", "granted_by", "granted_at"),
        *("expires_at", "revoked_at", "last_used_at"),
    )
    operations = (forms.GrantToken, forms.RevokeToken)

    @admin.display(description=_("opens"))
    def opens(self, token: Token) -> str:
        return forms.words_of(token)

    def scope(self, request: HttpRequest) -> QuerySet[Token]:
        return Token.objects.all()
