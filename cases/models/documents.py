"""The register of documents that a coding may cite: rules, orders and notices with a number."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.proposals import Proposal
from cases.models.rules import proposal_rules
from healthcode.core.audit.guards import Guard, once, stays
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.words import Words

AGREED = (
    "EXISTS (SELECT 1 FROM cases_strike WHERE cases_strike.document_id = NEW.id"
    " AND cases_strike.decision = 'APPROVED' AND cases_strike.decided_by_id = NEW.struck_by_id)"
)


class DocumentQuerySet(models.QuerySet["Document"]):
    def standing(self) -> Self:
        """Keep what was not struck from the register."""
        return self.filter(struck_at=None)


class Document(Recorded, models.Model):
    """A document that somebody had in hand: what cites another number leads nowhere."""

    audit_name = "document"
    audit_fields = (
        *("number", "key", "issuer", "issued_on", "entered_by", "entered_at"),
        *("struck_at", "struck_by", "replaced_by"),
    )
    guards = (
        stays(
            *("number", "key", "issuer", "issued_on", "entered_by_id", "entered_at"),
            message="what the register says of a document stays",
        ),
        once("struck_at", "struck_by_id", "replaced_by_id", message="a document is struck once"),
        Guard(
            "INSERT",
            "NEW.struck_at IS NOT NULL OR NEW.replaced_by_id IS NOT NULL",
            "a document stands when it is entered",
        ),
        Guard(
            "UPDATE",
            f"OLD.struck_at IS NULL AND NEW.struck_at IS NOT NULL AND NOT {AGREED}",
            "a document is struck by two people",
        ),
    )

    number = Words(_("document number"), max_length=120)
    key = models.CharField(max_length=120)  # the number's letters and digits: what it is compared by
    issuer = Words(_("issued by"), max_length=100)
    issued_on = models.DateField(_("issued on"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    entered_at = models.DateTimeField(_("entered at"))
    struck_at = models.DateTimeField(_("struck at"), null=True)
    struck_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("struck by")
    )
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="replaces", verbose_name=_("in its place stands")
    )

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document of the register")
        verbose_name_plural = _("register of documents")
        constraints = (
            models.CheckConstraint(name="document_has_a_key", condition=~Q(key="")),
            models.UniqueConstraint(
                fields=("key",), condition=Q(struck_at=None), name="document_stands_once"
            ),
            models.CheckConstraint(
                name="document_struck_pair",
                condition=Q(struck_at=None, struck_by=None, replaced_by=None)
                | Q(struck_at__isnull=False, struck_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} · {self.issuer}"

    def reads(self, issuer: str, issued_on: date) -> bool:
        """Tell whether the register has a document as issued by somebody on a day."""
        return (self.issuer, self.issued_on) == (issuer, issued_on)


class Strike(Recorded, Proposal):
    """The finding that a document is none, or reads otherwise: it is struck once a second person agrees."""

    audit_name = "strike"
    audit_of = "document"
    audit_fields = (*Proposal.decided_fields, "document", "number", "issuer", "issued_on")
    guards = proposal_rules("document_id", "number", "issuer", "issued_on")

    document = models.ForeignKey(
        Document, models.PROTECT, related_name="strikes", verbose_name=_("document of the register")
    )
    # What the document in hand says; empty where there is none, and nothing takes its place.
    number = Words(pgettext_lazy("strike", "document number"), max_length=120, blank=True)
    issuer = Words(pgettext_lazy("strike", "issued by"), max_length=100, blank=True)
    issued_on = models.DateField(pgettext_lazy("strike", "issued on"), null=True)

    class Meta(Proposal.Meta):
        verbose_name = _("document to be struck")
        verbose_name_plural = _("documents to be struck")
        constraints = (
            *Proposal.Meta.constraints,
            models.CheckConstraint(
                name="strike_replacement_whole",
                condition=Q(number="", issuer="", issued_on=None)
                | (~Q(number="") & ~Q(issuer="") & Q(issued_on__isnull=False)),
            ),
            models.UniqueConstraint(
                fields=("document",), condition=Q(decision="PENDING"), name="strike_one_pending"
            ),
        )

    def __str__(self) -> str:
        return f"{self.document} · {self.get_decision_display()}"
