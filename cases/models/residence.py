"""Where people live: what is proposed when somebody moves."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.people import Person
from cases.models.proposals import Proposal
from cases.models.rules import proposal_rules
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.models import Division


class Transfer(Recorded, Proposal):
    """A person moves: the receiving office accepts, and from then on the old one no longer writes."""

    audit_name = "transfer"
    audit_fields = (*Proposal.decided_fields, "person", "from_division", "to_division")
    guards = proposal_rules("person_id", "from_division_id", "to_division_id")

    person = models.ForeignKey(Person, models.PROTECT, related_name="transfers", verbose_name=_("person"))
    from_division = models.ForeignKey(
        Division, models.PROTECT, related_name="+", verbose_name=pgettext_lazy("residence", "from")
    )
    to_division = models.ForeignKey(
        Division, models.PROTECT, related_name="+", verbose_name=pgettext_lazy("residence", "to")
    )
    address = models.CharField(_("new address"), max_length=200, blank=True)

    class Meta(Proposal.Meta):
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = (
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=("person",), condition=Q(decision="PENDING"), name="transfer_one_pending"
            ),
        )

    def __str__(self) -> str:
        return f"{_('Transfer')} {self.pk} · {self.get_decision_display()}"
