"""Divisions, offices, users, and the tokens of machines."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from healthcode.core import languages
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices import roles, scope, staff
from healthcode.core.offices.counters import RefusedAccess as RefusedAccess
from healthcode.core.offices.factors import Passkey as Passkey
from healthcode.core.offices.factors import SecondFactor as SecondFactor
from healthcode.core.offices.prepared_rows import GrantedByTwo


class NamedInTwoLanguages(models.Model):
    """A Chinese name, and an English one where it is known."""

    name = models.CharField(pgettext_lazy("office", "name"), max_length=100)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name_en if self.name_en and languages.current() == "en" else self.name


class Division(Recorded, NamedInTwoLanguages):
    """An administrative division; its code is cut by level, so that a jurisdiction is a prefix."""

    audit_name = "division"

    code = models.CharField(_("code"), max_length=12, primary_key=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, verbose_name=_("part of"))

    class Meta:
        verbose_name = _("division")
        verbose_name_plural = _("divisions")

    @property
    def level(self) -> str:
        """Return province, city, county, township or village."""
        return scope.LEVELS[len(self.code)]


class Office(Recorded, GrantedByTwo, NamedInTwoLanguages):
    """An office: what it is, and the division that is its jurisdiction."""

    audit_name = "office"
    audit_fields = ("code", "kind", "division", "prepared_by", "prepared_at", "granted_by", "granted_at")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=staff.OfficeKind)
    division = models.ForeignKey(Division, models.PROTECT, verbose_name=_("jurisdiction"))
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    hours = models.CharField(_("opening hours"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("office")
        verbose_name_plural = _("offices")
        constraints = (
            models.CheckConstraint(name="office_kind_known", condition=Q(kind__in=staff.OfficeKind.values)),
            models.CheckConstraint(
                name="office_granted_by_another",
                condition=Q(granted_by=None) | ~Q(granted_by=models.F("prepared_by")),
            ),
        )

    def covers(self, division_code: str) -> bool:
        """Tell whether a division lies in this office's jurisdiction."""
        return scope.covers(self.division_id, division_code)


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        # What acts need with every user; also spares the admin a query a page.
        return self.select_related("office__division").get(username=username)


class User(Recorded, AbstractBaseUser):
    """A person or machine that acts: one role, in one office.

    There are no groups, no per-user permissions and no superuser: what a user may do is the role table's.
    """

    audit_name = "user"
    audit_fields = (
        "username",
        "name",
        "phone",
        "password",
        "password_is_temporary",
        "password_until",
        "role",
        "office",
        "is_head",
        "head_asked_by",
        "head_asked_at",
        "is_active",
        "created_by",
        "created_at",
        "granted_by",
        "granted_at",
        "second_factor",
    )

    # The token that this user came by: what they may is narrowed to it, and events name it.
    bearer: "Token | None" = None
    is_superuser = False  # asked for by libraries; no column, so nobody can be one

    username = models.CharField(_("username"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=60)
    role = models.CharField(_("role"), max_length=20, choices=staff.Role)
    office = models.ForeignKey(Office, models.PROTECT, related_name="users", verbose_name=_("office"))
    is_head = models.BooleanField(_("head of the office"), default=False)
    # By whom the account was named head, for another administrator to grant.
    head_asked_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    head_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    # Known to whoever set it: the first thing its owner does is to choose another.
    password_is_temporary = models.BooleanField(default=False, editable=False)
    # Until when such a password opens the page where its owner chooses another; without, it has no end.
    password_until = models.DateTimeField(null=True, blank=True, editable=False)
    language = models.CharField(
        _("language"), max_length=10, default="zh-hans", choices=(("zh-hans", "中文"), ("en", "English"))
    )
    is_active = models.BooleanField(_("may log in"), default=False)
    created_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("prepared by")
    )
    created_at = models.DateTimeField(_("created at"), null=True)
    granted_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("granted by")
    )
    granted_at = models.DateTimeField(_("granted at"), null=True, blank=True)

    # The one that is asked for now; read with the user, so that no page asks for it.
    second_factor = models.ForeignKey(
        "SecondFactor", models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = (
            models.CheckConstraint(name="user_role_known", condition=Q(role__in=staff.Role.values)),
            models.CheckConstraint(
                name="user_granted_by_another",
                condition=Q(granted_by=None) | ~Q(granted_by=models.F("created_by")),
            ),
            models.CheckConstraint(
                name="user_head_is_not_asked_for",
                condition=Q(head_asked_by=None) | Q(is_head=False, head_asked_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return str(_("the portal itself")) if self.role == staff.Role.SYSTEM else self.name or self.username

    @property
    def is_staff(self) -> bool:
        """Tell whether this is somebody who works in a browser."""
        return self.role not in staff.MACHINES

    @property
    def jurisdiction(self) -> str:
        """Return the division-code prefix this user's office answers for."""
        return self.office.division_id

    def may(self, act: str) -> bool:
        """Tell whether the role table has this act for this user, and the token they came by, if any, opens it."""
        return self.is_active and roles.may(self.role, act) and not self.is_narrowed(act)

    def is_narrowed(self, act: str) -> bool:
        """Tell whether the token that this user came by leaves an act of their role out."""
        return self.bearer is not None and roles.may(self.role, act) and not self.bearer.opens(act)

    @property
    def via(self) -> str:
        """Return what the ledger calls the token that this user came by; "" for a session."""
        return self.bearer.audit_target if self.bearer is not None else ""

    def set_password(self, raw_password: str | None) -> None:
        """Make a password the user's own; whoever sets it for somebody else marks it as temporary afterwards."""
        super().set_password(raw_password)
        self.password_is_temporary, self.password_until = False, None

    def check_password(self, raw_password: str | None) -> bool:
        """Compare a password; do not hash it anew on the way, which no act would tell of."""
        return check_password(raw_password, self.password)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Answer Django's question; model permissions do not exist here, admin classes ask `may`."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Token(Recorded, models.Model):
    """A machine's key: prepared by one, granted by another, kept as a hash only; it expires, and can be revoked."""

    audit_name = "token"
    audit_fields = (
        "user",
        "digest",
        "created_at",
        "created_by",
        "granted_by",
        "granted_at",
        "expires_at",
        "revoked_at",
        "acts",
        "addresses",
    )

    user = models.ForeignKey(User, models.PROTECT, related_name="tokens", verbose_name=_("user"))
    label = models.CharField(_("label"), max_length=60)
    # None before it is granted: nobody has a secret yet.
    digest = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001
    created_at = models.DateTimeField(_("created at"))
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("prepared by"))
    granted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("granted by")
    )
    granted_at = models.DateTimeField(_("granted at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    # Rows of the role table, one space between; empty of those that were issued before tokens were narrowed.
    acts = models.TextField(_("opens"), blank=True)
    addresses = models.CharField(_("from these addresses only"), max_length=500, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        # What was issued before two had to agree is marked as granted by nobody.
        constraints = (
            models.CheckConstraint(
                name="token_granted_by_another",
                condition=Q(granted_by=None) | ~Q(granted_by=models.F("created_by")),
            ),
            models.CheckConstraint(
                name="token_granted_before_it_opens",
                condition=Q(digest=None) | Q(granted_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} · {self.label}"

    def opens(self, act: str) -> bool:
        """Tell whether the token opens an act of its user's role."""
        return not self.acts or act in self.acts.split()


class OpenSession(models.Model):
    """A session that somebody logged in to, as long as it is open: from where, with what, and when it was last used."""

    user = models.ForeignKey(User, models.PROTECT, related_name="open_sessions", verbose_name=_("user"))
    # Of Django's row, which ends with this one.
    key = models.CharField(max_length=40, unique=True, editable=False)
    opened_at = models.DateTimeField(_("since"))
    seen_at = models.DateTimeField(_("last used at"))
    address = models.CharField(_("from the address"), max_length=45, blank=True)
    browser = models.CharField(_("browser"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    def __str__(self) -> str:
        return f"{self.user} · {self.address}"


class IdempotencyKey(models.Model):
    """One answered POST: the same key with the same body is answered again, never acted on again."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="idempotency_once"),)

    def __str__(self) -> str:
        return self.key
