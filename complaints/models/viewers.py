"""Who has a ticket open, for as long as it matters to a colleague."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.tickets import Ticket, user


class TicketViewer(models.Model):
    """Somebody on a ticket's pages: since when, and when they last opened one. It locks nothing."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="viewers")
    user = user()
    since = models.DateTimeField(_("open since"))
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("ticket", "user"), name="ticketviewer_once"),)

    def __str__(self) -> str:
        return f"{self.user} · {self.ticket}"
