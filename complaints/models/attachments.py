"""Files that belong to a ticket: kept sealed in the database, handed out only with permission."""

import base64

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.tickets import Ticket, user
from healthcode.core import vault


class Attachment(models.Model):
    """A picture or a PDF. What it is was read from its bytes, not from its name."""

    class Type(models.TextChoices):
        JPEG = "image/jpeg", "JPEG"
        PNG = "image/png", "PNG"
        PDF = "application/pdf", "PDF"

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="attachments", verbose_name=_("ticket"))
    name = models.CharField(_("file name"), max_length=120)
    content_type = models.CharField(_("type"), max_length=20, choices=Type)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    sealed = models.BinaryField(null=True, editable=False)  # null once the person was erased
    added_by = user(_("added by"))
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = (
            models.CheckConstraint(
                name="attachment_type_known",
                condition=Q(content_type__in=("image/jpeg", "image/png", "application/pdf")),
            ),
            models.UniqueConstraint(fields=("ticket", "sha256"), name="attachment_once"),
        )

    def __str__(self) -> str:
        return f"{_('Attachment')} {self.pk} · {self.ticket}"

    def vault_owner(self, field: str) -> str:
        """Return to what the vault binds a sealed column of this row."""
        return f"attachment:{self.ticket_id}/{self.sha256}"

    @property
    def content(self) -> bytes:
        """Return the file as it came; nothing once the person was erased."""
        if not self.sealed:
            return b""
        return base64.b64decode(vault.decrypt(self.sealed, owner=self.vault_owner("sealed")))
