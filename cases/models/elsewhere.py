"""Control served elsewhere: that it is, by the receiving place's letter, and the certificate on which it ends."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.control import ControlOrder
from cases.models.proposals import Proposal
from cases.models.rules import proposal_rules
from healthcode.core.audit.guards import once
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.words import Words


class NumberSource(models.TextChoices):
    """Where the telephone number came from that was called back: never the fax itself."""

    DIRECTORY = "DIRECTORY", _("public directory or switchboard")
    PROVINCE = "PROVINCE", _("the province's list of contacts")
    KEPT = "KEPT", _("kept here from before")


class OrderProposal(Recorded, Proposal):
    """What is proposed about one control order."""

    audit_of = "order"

    order = models.ForeignKey(
        ControlOrder, models.PROTECT, related_name="%(class)ss", verbose_name=_("order")
    )

    class Meta(Proposal.Meta):
        abstract = True


class Relocation(OrderProposal):
    """Control that goes on at a place elsewhere, which has accepted the person by letter."""

    audit_name = "relocation"
    audit_fields = (*Proposal.decided_fields, "order", "place", "letter")
    guards = proposal_rules("order_id")

    place = Words(_("place of isolation"), max_length=200)
    letter = Words(_("letter of acceptance"), max_length=120)

    class Meta(OrderProposal.Meta):
        verbose_name = _("control to be served elsewhere")
        verbose_name_plural = _("control to be served elsewhere")
        constraints = (
            *OrderProposal.Meta.constraints,
            models.UniqueConstraint(
                fields=("order",), condition=Q(decision="PENDING"), name="relocation_one_pending"
            ),
        )

    def __str__(self) -> str:
        return f"{_('Control elsewhere')} {self.pk} · {self.get_decision_display()}"


class Certificate(OrderProposal):
    """A certificate of isolation served elsewhere, and how it was verified: by a letter, or by a call back."""

    audit_name = "certificate"
    audit_fields = (
        *(*Proposal.decided_fields, "order", "number", "issuer", "reply_letter", "called_at", "number_from"),
        *("sampled_at", "laboratory", "report_number", "withdrawn_at", "withdrawn_by"),
    )
    guards = (
        *proposal_rules("order_id", "called_at", "number_from", "sampled_at"),
        once("withdrawn_at", "withdrawn_by_id", message="a certificate is taken back once"),
    )

    number = Words(_("number of the release certificate"), max_length=120)
    issuer = Words(_("issued by"), max_length=100)
    reply_letter = Words(_("letter of reply"), max_length=120, blank=True)
    called_name = Words(_("who confirmed by telephone"), max_length=60, blank=True)
    called_at = models.DateTimeField(_("called at"), null=True, blank=True)
    number_from = models.CharField(
        _("where the number called came from"), max_length=10, choices=NumberSource, blank=True
    )
    # The test it rests on, where it is not stored yet: written once the second person has seen it.
    sampled_at = models.DateTimeField(_("negative test, sampled at"), null=True, blank=True)
    laboratory = Words(_("laboratory"), max_length=100, blank=True)
    report_number = Words(_("report number"), max_length=60, blank=True)
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("taken back by")
    )

    class Meta(OrderProposal.Meta):
        verbose_name = _("release certificate")
        verbose_name_plural = _("release certificates")
        constraints = (
            *OrderProposal.Meta.constraints,
            models.UniqueConstraint(
                fields=("order",), condition=Q(decision="PENDING"), name="certificate_one_pending"
            ),
            models.CheckConstraint(
                name="certificate_was_verified",
                condition=~Q(reply_letter="")
                | (~Q(called_name="") & ~Q(number_from="") & Q(called_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="certificate_withdrawn_pair",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(decision="APPROVED", withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{_('Release certificate')} {self.pk} · {self.get_decision_display()}"
