"""What goes back to the hotline: an outbox, so that an answer is never lost between two systems."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models.tickets import Ticket, moment
from healthcode.core.audit.recorded import Recorded


class Message(Recorded, models.Model):
    """One answer on its way to the hotline: written with the act, sent afterwards, tried again until it arrives."""

    audit_name = "message"

    class Status(models.TextChoices):
        QUEUED = "QUEUED", _("to be sent")
        DELIVERED = "DELIVERED", _("delivered")
        FAILED = "FAILED", _("given up")

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="messages", verbose_name=_("ticket"))
    topic = models.CharField(_("topic"), max_length=20)
    body = models.TextField()  # the exact JSON that is signed and sent
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.QUEUED.value)
    created_at = models.DateTimeField(_("written at"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt at"))
    delivered_at = moment(pgettext_lazy("message", "delivered at"))
    error = models.CharField(_("last error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("message to the hotline")
        verbose_name_plural = _("messages to the hotline")
        indexes = (models.Index(fields=("next_at",), condition=Q(status="QUEUED"), name="message_queue"),)
        constraints = (
            models.CheckConstraint(
                name="message_status_known", condition=Q(status__in=("QUEUED", "DELIVERED", "FAILED"))
            ),
            models.CheckConstraint(
                name="message_delivered_pair", condition=Q(status="DELIVERED") ^ Q(delivered_at=None)
            ),
        )

    def __str__(self) -> str:
        return f"{_('Message')} {self.pk} · {self.ticket}"
