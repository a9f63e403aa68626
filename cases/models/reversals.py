"""What takes an act back that binds somebody: proposed by one, decided by another, both left on record."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.control import ControlOrder
from cases.models.endings import ExitReport, Release
from cases.models.people import Merge, Person
from cases.models.proposals import Proposal
from cases.models.rules import proposal_rules
from healthcode.core.audit.guards import Guard, changed, once, stays
from healthcode.core.audit.recorded import Recorded
from healthcode.core.offices.words import Words


class Extension(Recorded, models.Model):
    """A later end of an order than the rule book asks for: from when, to when, on which document."""

    audit_name = "extension"
    audit_of = "order"
    audit_fields = ("order", "before", "until", "by", "at", "withdrawn_at")
    guards = (
        stays("order_id", "before", "until", "by_id", "at", message="an extension stays what it is"),
        once("withdrawn_at", message="an extension is taken back once"),
        # It falls with its document: erased it may be, never exchanged.
        Guard("UPDATE", f"{changed('document')} AND NEW.\"document\" <> ''", "an extension stays what it is"),
    )

    order = models.ForeignKey(
        ControlOrder, models.PROTECT, related_name="extensions", verbose_name=_("order")
    )
    before = models.DateTimeField(_("end before"))
    until = models.DateTimeField(_("until"))
    document = Words(_("document number"), max_length=120)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    at = models.DateTimeField(_("recorded at"))
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True)

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        constraints = (
            models.CheckConstraint(name="extension_ends_later", condition=Q(until__gt=models.F("before"))),
        )

    def __str__(self) -> str:
        return f"{_('Extension')} {self.pk}"


# The row of the act that is taken back, by its kind.
ACT_OF = {
    "EXIT": "exit_report",
    "EXTENSION": "extension",
    "MERGE": "merge",
    "TRANSFER_OUT": "order",
    "RELEASE": "release",
}
ACTS = tuple(ACT_OF.values())


def _names_its_act() -> Q:
    """Return the condition that a reversal names one act, and the one of its kind."""
    found = Q()
    for kind, act in ACT_OF.items():
        found |= Q(kind=kind, **{f"{one}__isnull": one != act for one in ACTS})
    return found


class Reversal(Recorded, Proposal):
    """The finding that an act was wrong: what it did is taken back once a second person agrees."""

    class Kind(models.TextChoices):
        EXIT = "EXIT", _("entered exit")
        EXTENSION = "EXTENSION", _("extension")
        MERGE = "MERGE", _("merge")
        RELEASE = "RELEASE", _("release from a discretionary ground")
        TRANSFER_OUT = "TRANSFER_OUT", _("hand-over to another province")

    audit_name = "reversal"
    audit_of = "person"
    audit_fields = (
        *Proposal.decided_fields,
        *("kind", "person", *ACTS, "until"),
    )
    guards = proposal_rules(*("kind", "person_id", *(f"{act}_id" for act in ACTS), "until"))

    kind = models.CharField(_("what is taken back"), max_length=15, choices=Kind)
    person = models.ForeignKey(Person, models.PROTECT, related_name="reversals", verbose_name=_("person"))
    # The row of the act, one of these by its kind.
    exit_report = models.ForeignKey(ExitReport, models.PROTECT, null=True, related_name="reversals")
    extension = models.ForeignKey(Extension, models.PROTECT, null=True, related_name="reversals")
    merge = models.ForeignKey(Merge, models.PROTECT, null=True, related_name="reversals")
    order = models.ForeignKey(ControlOrder, models.PROTECT, null=True, related_name="reversals")
    release = models.ForeignKey(Release, models.PROTECT, null=True, related_name="reversals")
    until = models.DateTimeField(
        _("new end"), null=True
    )  # of an extension that is shortened; none: all of it

    class Meta(Proposal.Meta):
        verbose_name = _("act to be taken back")
        verbose_name_plural = _("acts to be taken back")
        constraints = (
            *Proposal.Meta.constraints,
            models.CheckConstraint(
                name="reversal_names_its_act",
                condition=_names_its_act(),
            ),
            models.CheckConstraint(
                name="reversal_end_of_an_extension", condition=Q(until=None) | Q(kind="EXTENSION")
            ),
            # Of each act: one whose act is over meanwhile has lapsed, and stands in no other's way.
            *(
                models.UniqueConstraint(
                    fields=(act,), condition=Q(decision="PENDING"), name=f"reversal_one_pending_{act}"
                )
                for act in ACTS
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk} · {self.get_decision_display()}"
