"""A document number corrected on a record that has, or had, a case: it changes whose code that is."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.people import DocumentType, Person
from cases.models.proposals import Proposal
from cases.models.rules import proposal_rules
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.words import Words


class Reading(models.TextChoices):
    """How the document was read whose number is corrected."""

    READER = "READER", _("read by a card reader")
    PHOTO = "PHOTO", _("photographed, the picture is kept")
    TYPED = "TYPED", _("typed")


class NumberChangeQuerySet(models.QuerySet["NumberChange"]):
    def pending(self) -> Self:
        return self.filter(decision="PENDING")

    def checking(self, indices: set[str]) -> Self:
        """Keep the changes under way that one of these numbers is part of, the old one or the new."""
        return self.pending().filter(Q(old_index__in=indices) | Q(new_index__in=indices))

    def unconfirmed(self) -> Self:
        """Keep those that took effect at once and that nobody has confirmed yet."""
        return self.pending().filter(confirm_by__isnull=False)

    def overdue(self, at: datetime) -> Self:
        """Keep those that took effect at once and that nobody has confirmed in time."""
        return self.pending().filter(confirm_by__lte=at)


class NumberChange(Recorded, Proposal):
    """One correction: made at once and to be confirmed, or only proposed. Numbers are sealed, and found by index."""

    audit_name = "number"
    audit_fields = (
        *(*Proposal.decided_fields, "person", "confirm_by", "reading"),
        *("old_type", "old_country", "old_index", "new_type", "new_country", "new_index"),
    )
    guards = proposal_rules("person_id", "confirm_by", "reading", "old_type", "new_type")

    person = models.ForeignKey(
        Person, models.PROTECT, related_name="number_changes", verbose_name=_("person")
    )
    # Of one made at once; it is restored when nobody has confirmed it by then.
    confirm_by = models.DateTimeField(_("to be confirmed by"), null=True)
    reading = models.CharField(_("how the document was read"), max_length=10, choices=Reading)
    reading_ref = Words(_("number of the reading or picture"), max_length=60, blank=True)
    old_type = models.CharField(
        pgettext_lazy("number", "document type before"), max_length=20, choices=DocumentType
    )
    old_country = models.CharField(max_length=3, blank=True)
    old_index = models.CharField(max_length=64, null=True, db_index=True, editable=False)  # noqa: DJ001
    old_sealed = models.BinaryField(null=True, editable=False)
    new_type = models.CharField(
        pgettext_lazy("number", "document type after"), max_length=20, choices=DocumentType
    )
    new_country = models.CharField(max_length=3, blank=True)
    new_index = models.CharField(max_length=64, null=True, db_index=True, editable=False)  # noqa: DJ001
    new_sealed = models.BinaryField(null=True, editable=False)

    objects = NumberChangeQuerySet.as_manager()  # type: ignore[misc,assignment]

    class Meta(Proposal.Meta):
        verbose_name = _("correction of a document number")
        verbose_name_plural = _("corrections of document numbers")
        constraints = (
            *Proposal.Meta.constraints,
            models.CheckConstraint(name="number_reading_known", condition=Q(reading__in=Reading.values)),
            models.CheckConstraint(
                name="number_types_known",
                condition=Q(old_type__in=DocumentType.values, new_type__in=DocumentType.values),
            ),
            models.UniqueConstraint(
                fields=("person",), condition=Q(decision="PENDING"), name="number_one_pending"
            ),
        )

    def __str__(self) -> str:
        return f"{_('Correction of a number')} {self.pk} · {self.get_decision_display()}"

    def vault_owner(self, field: str) -> str:
        """Return to what the vault binds a sealed column of this row."""
        return self.person.vault_owner("document_sealed")
