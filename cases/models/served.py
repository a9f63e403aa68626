"""What each case under a control order needs by itself."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.cases import Case
from cases.models.control import ControlOrder, OrderKind
from healthcode.core.audit.recorded import Recorded


class OrderCaseQuerySet(models.QuerySet["OrderCase"]):
    def come_after(self, at: datetime) -> Self:
        """Keep what an order came to serve after an instant: opened then, or brought in by a merge.

        What stands again is no new exposure.
        """
        return self.filter(Q(since__gt=at) | Q(since=None, case__opened_at__gt=at), case__resumes=None)


class OrderCase(Recorded, models.Model):
    """A case that an order serves, and what that case alone would need: which measure, until when."""

    audit_name = "served"
    audit_of = "order"
    audit_fields = ("order", "case", "kind", "until", "since", "book_until")

    order = models.ForeignKey(ControlOrder, models.PROTECT, related_name="served", verbose_name=_("order"))
    case = models.ForeignKey(Case, models.PROTECT, related_name="served_by", verbose_name=_("case"))
    kind = models.CharField(_("measure"), max_length=20, choices=OrderKind)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    # When the order came to serve it; unknown of what was served before this was kept.
    since = models.DateTimeField(_("served since"), null=True, blank=True)
    # The end that the rule book gives it, where an extension moved `until` past that.
    book_until = models.DateTimeField(_("end by the rule book"), null=True, blank=True)

    objects = OrderCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case under an order")
        verbose_name_plural = _("cases under orders")
        constraints = (models.UniqueConstraint(fields=("order", "case"), name="order_serves_case_once"),)

    def __str__(self) -> str:
        return f"{self.order_id} ← {self.case_id}"

    @property
    def needed(self) -> datetime | None:
        """Return the end that the rule book asks for, whatever was added to it."""
        return self.book_until or self.until
