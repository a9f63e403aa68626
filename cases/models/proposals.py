"""What one person proposes and another decides: a void, a merge, a transfer, a report to the group."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from healthcode.core.offices.words import Words
from healthcode.core.own_words import WrittenField


class Decision(models.TextChoices):
    PENDING = "PENDING", _("waiting for the second person")
    APPROVED = "APPROVED", _("approved")
    REFUSED = "REFUSED", _("returned")


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def pending(self) -> Self:
        return self.filter(decision=Decision.PENDING)


class Proposal(models.Model):
    """Proposer and decider on the thing itself; the database refuses one person in both seats."""

    # What decides in every proposal: `audit_fields` of each kind names what is proposed beside it.
    decided_fields = ("proposed_by", "proposed_at", "decision", "decided_by", "decided_at")

    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed at"))
    reason = Words(_("reason"), max_length=500, blank=True)
    decision = models.CharField(
        pgettext_lazy("state", "decision"), max_length=10, choices=Decision, default=Decision.PENDING.value
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True)
    answer = WrittenField(_("reason of the decision"), max_length=500, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        abstract = True
        # What was sent back lately is asked for on the home of whoever proposes.
        indexes: ClassVar[tuple[models.Index, ...]] = (
            models.Index(fields=("decided_at",), condition=Q(decision="REFUSED"), name="%(class)s_returned"),
        )
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                name="%(class)s_two_persons",
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="%(class)s_decided_pair",
                condition=Q(decision="PENDING", decided_at=None, decided_by=None)
                | Q(decision__in=("APPROVED", "REFUSED"), decided_at__isnull=False, decided_by__isnull=False),
            ),
        )
