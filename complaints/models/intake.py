"""Before there is a ticket: drafts of first responders, and the row of numbers."""

import json
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models import Person
from complaints.models.tickets import moment, user
from healthcode.core import vault
from healthcode.core.audit.recorded import Recorded


class Draft(Recorded, models.Model):
    """An intake not yet registered: whom the first responder looked up, what the code said, what is typed so far.

    It outlives a log-out; the typed words are sealed, because they are the citizen's.
    """

    audit_name = "draft"

    user = user(_("first responder"))
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    snapshot = models.JSONField(null=True)
    snapshot_at = moment(_("looked up at"))
    began_at = models.DateTimeField(_("begun at"))
    updated_at = models.DateTimeField(_("changed at"))
    sealed = models.BinaryField(null=True, editable=False)
    # Kept when a ticket was made of it, so that a form sent twice makes one ticket.
    ticket = models.OneToOneField(
        "complaints.Ticket", models.PROTECT, null=True, related_name="draft", verbose_name=_("ticket")
    )

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        indexes = (models.Index(fields=("user", "updated_at"), name="draft_user"),)

    def __str__(self) -> str:
        return f"{_('Draft')} {self.pk}"

    def vault_owner(self, field: str) -> str:
        """Return to what the vault binds a sealed column of this row."""
        return f"draft:{self.pk}"

    @property
    def typed(self) -> dict[str, Any]:
        """Return what was typed so far."""
        if not self.sealed:
            return {}
        found: dict[str, Any] = json.loads(vault.decrypt(self.sealed, owner=self.vault_owner("sealed")))
        return found


class NumberSeries(models.Model):
    """The last number given out on a day; its row is the lock."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.day} {self.last}"
