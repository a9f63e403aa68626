"""Files of offices, staff and venues: prepared by one administrator, granted as a set by another."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.proposals import Proposal
from cases.models.rules import proposal_rules
from healthcode.core.audit import guards
from healthcode.core.audit.recorded import Recorded


class SetupKind(models.TextChoices):
    """What such a file brings."""

    OFFICES = "OFFICES", _("offices")
    STAFF = "STAFF", _("staff")
    VENUES = "VENUES", _("venues")


class SetupFile(Recorded, Proposal):
    """One file that was whole when it was prepared. Nothing in it exists before another administrator grants it."""

    audit_name = "setup_file"
    audit_fields = (*Proposal.decided_fields, "kind", "row_count", "sha256", "letters_printed_at")
    guards = (
        *proposal_rules("kind", "row_count", "sha256"),
        guards.once("letters_printed_at", message="letters are printed once"),
    )

    kind = models.CharField(_("kind"), max_length=10, choices=SetupKind)
    file_name = models.CharField(_("file"), max_length=200)
    row_count = models.PositiveIntegerField(_("rows"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)  # of the rows as they are kept, not of the file
    counts = models.JSONField(default=dict, editable=False)  # rows by kind of office, role or kind of venue
    findings = models.JSONField(default=list, editable=False)  # what is said of the file beside its rows
    # The rows while they wait, and the codes of those who were granted while nobody has printed them.
    rows_sealed = models.BinaryField(null=True, editable=False)
    letters_sealed = models.BinaryField(null=True, editable=False)
    letters_printed_at = models.DateTimeField(_("letters printed at"), null=True)

    class Meta(Proposal.Meta):
        verbose_name = _("file of offices and staff")
        verbose_name_plural = _("files of offices and staff")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.file_name}"

    def vault_owner(self, field: str) -> str:
        """Return to what the vault binds a sealed column of this row."""
        return f"setup-file:{self.sha256}:{field}"
