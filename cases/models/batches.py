"""Deliveries: one file or list from outside, and the rows of it that were returned."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from healthcode.offices.models import Office


class Batch(models.Model):
    """One delivery: who sent what, and what became of it."""

    class Kind(models.TextChoices):
        LINE_LIST = "LINE_LIST", _("CDC line list")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    office = models.ForeignKey(Office, models.PROTECT, related_name="+", verbose_name=_("office"))
    delivered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("delivered by")
    )
    delivered_at = models.DateTimeField(_("delivered at"))
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    rejected = models.PositiveIntegerField(pgettext_lazy("rows", "returned"), default=0)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = (
            models.CheckConstraint(name="batch_kind_known", condition=Q(kind__in=("LINE_LIST",))),
            models.CheckConstraint(
                name="batch_every_row_counted",
                condition=Q(row_count=models.F("accepted") + models.F("rejected")),
            ),
            models.UniqueConstraint(fields=("office", "kind", "sha256"), name="batch_same_file_once"),
        )

    def __str__(self) -> str:
        return f"{_('Delivery')} {self.pk}"


class RejectedRow(models.Model):
    """One row that was returned: where, which field, and why, in words fit for the sender."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="rejected_rows", verbose_name=_("delivery"))
    row = models.PositiveIntegerField(_("row"))
    field = models.CharField(_("field"), max_length=40)
    reason = models.CharField(_("reason"), max_length=300)
    raw = models.BinaryField(editable=False)  # the row as it came, sealed

    class Meta:
        verbose_name = _("returned row")
        verbose_name_plural = _("returned rows")

    def __str__(self) -> str:
        return f"{_('Row')} {self.row}"
