"""Passes that were handed out: whose each is, and until when it counts (clause 4.1)."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.people import Person
from cases.passes import keys, signed
from healthcode.core.audit.guards import once, stays
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.words import Words

HANDLE = signed.HANDLE * 2  # hexadecimal digits
DIGEST = 64


SHOWN = Q(kind="PAPER") | Q(opened_at__isnull=False)  # a link that nobody opened is on no phone


class PassQuerySet(models.QuerySet["Pass"]):
    def standing(self, at: datetime) -> Self:
        """Keep those that a door would take at an instant."""
        return self.filter(SHOWN, revoked_at=None, ends_at__gt=at)


class Pass(Recorded, models.Model):
    """One print of a pass, or one phone that shows it. Its handle is all that it says of the person.

    It is revoked, never changed. A phone's begins with a link that is used up once; of link and session the SHA-256
    alone is kept, and paper has neither.
    """

    class Kind(models.TextChoices):
        PAPER = "PAPER", pgettext_lazy("pass", "printed")
        PHONE = "PHONE", pgettext_lazy("pass", "on a phone")

    audit_name = "pass"
    audit_of = "person"
    audit_fields = (
        "person",
        "kind",
        "issued_by",
        "issued_at",
        "ends_at",
        "link_ends_at",
        "opened_at",
        "revoked_by",
        "revoked_at",
    )
    guards = (
        stays(
            *("person_id", "kind", "handle", "issued_by_id", "issued_at", "ends_at", "link", "link_ends_at"),
            message="whose a pass is, and until when it counts, stays",
        ),
        once("opened_at", "session", message="a link is used up once"),
        once("revoked_at", "revoked_by_id", message="a pass is revoked once"),
    )

    person = models.ForeignKey(Person, models.PROTECT, related_name="passes", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    handle = models.CharField(_("handle"), max_length=HANDLE, unique=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=pgettext_lazy("pass", "printed by"),
    )
    issued_at = models.DateTimeField(pgettext_lazy("pass", "printed at"))
    ends_at = models.DateTimeField(_("counts until"))
    link = models.CharField(_("digest of the link"), max_length=DIGEST, null=True, unique=True)  # noqa: DJ001
    link_ends_at = models.DateTimeField(_("link counts until"), null=True)
    opened_at = models.DateTimeField(_("link used up at"), null=True)
    session = models.CharField(_("digest of the session"), max_length=DIGEST, null=True, unique=True)  # noqa: DJ001
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("revoked by")
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True)
    why = Words(_("why it was revoked"), max_length=200, blank=True)

    objects = PassQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("door", "pass")
        verbose_name_plural = pgettext_lazy("door", "passes")
        indexes = (models.Index(fields=("issued_at",), condition=Q(kind="PHONE"), name="pass_links"),)
        constraints = (
            models.CheckConstraint(name="pass_kind_known", condition=Q(kind__in=("PAPER", "PHONE"))),
            models.CheckConstraint(
                name="pass_of_a_phone_has_a_link",
                condition=Q(kind="PAPER", link=None, link_ends_at=None)
                | Q(kind="PHONE", link__isnull=False, link_ends_at__isnull=False),
            ),
            models.CheckConstraint(
                name="pass_opened_pair",
                condition=Q(opened_at=None, session=None)
                | Q(kind="PHONE", opened_at__lte=F("link_ends_at"), session__isnull=False),
            ),
            models.CheckConstraint(name="pass_ends_after_it_begins", condition=Q(ends_at__gt=F("issued_at"))),
            models.CheckConstraint(
                name="pass_revoked_pair",
                condition=Q(revoked_at=None, revoked_by=None, why="")
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
            # A new one revokes the one before: of two papers nobody would know which was lost.
            models.UniqueConstraint(
                fields=("person", "kind"), condition=Q(SHOWN, revoked_at=None), name="pass_one_not_revoked"
            ),
        )

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk} · {self.get_kind_display()}"

    @property
    def digits(self) -> str:
        """Return what stands on paper, signed with the newest key; the handle stays."""
        key = keys.signing(signed.PassKind.PAPER)
        assert key.private is not None
        return signed.sign(self.body(key.number), key.private)

    def body(self, key: int) -> signed.PassBody:
        """Return what is signed on paper, under the key of this number."""
        lifetime = (self.ends_at - self.issued_at) // signed.PassKind.PAPER.unit
        return signed.PassBody(
            kind=signed.PassKind.PAPER,
            key=key,
            valid_from=self.issued_at,
            lifetime=lifetime,
            handle=bytes.fromhex(self.handle),
        )
