"""Deaths: recorded by one office, confirmed by another, and taken back by two."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.people import Person
from cases.models.proposals import Proposal
from cases.models.rules import proposal_rules
from healthcode.core.audit.guards import once
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.words import Words


class Death(Recorded, Proposal):
    """A death as one office recorded it: until another confirms it, the code is being checked."""

    audit_name = "death"
    audit_of = "person"
    audit_fields = (*Proposal.decided_fields, "person", "on", "withdrawn_at")
    guards = (
        *proposal_rules("person_id", "on"),
        once("withdrawn_at", message="a death is taken back once"),
    )

    person = models.ForeignKey(Person, models.PROTECT, related_name="deaths", verbose_name=_("person"))
    on = models.DateField(_("deceased on"))
    certificate = Words(_("number of the death certificate"), max_length=60)
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True)

    class Meta(Proposal.Meta):
        verbose_name = _("death")
        verbose_name_plural = _("deaths")
        constraints = (
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=("person",), condition=Q(decision="PENDING"), name="death_one_pending"
            ),
            models.CheckConstraint(
                name="death_withdrawn_once_confirmed",
                condition=Q(withdrawn_at=None) | Q(decision="APPROVED"),
            ),
        )

    def __str__(self) -> str:
        return f"{_('Death')} {self.pk} · {self.get_decision_display()}"


class DeathWithdrawal(Recorded, Proposal):
    """The finding that somebody recorded as dead lives."""

    audit_name = "deathwithdrawal"
    audit_of = "person"
    audit_fields = (*Proposal.decided_fields, "person")
    guards = proposal_rules("person_id")

    person = models.ForeignKey(
        Person, models.PROTECT, related_name="death_withdrawals", verbose_name=_("person")
    )

    class Meta(Proposal.Meta):
        verbose_name = _("taking back of a death")
        verbose_name_plural = _("deaths to be taken back")
        constraints = (
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=("person",), condition=Q(decision="PENDING"), name="deathwithdrawal_one_pending"
            ),
        )

    def __str__(self) -> str:
        return f"{_('Taking back of a death')} {self.pk} · {self.get_decision_display()}"
