"""The history of a ticket: append-only, each event with its place in the row."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.rules import erased
from complaints.models.choices import TicketState
from complaints.models.tickets import Ticket, user
from healthcode.core import languages
from healthcode.core.audit.guards import Erasable
from healthcode.core.audit.models import AppendOnly
from healthcode.core.offices.models import Office


class TicketEvent(AppendOnly):
    """One thing that happened to a ticket. `is_public`: the citizen was told these words; else they are staff's own."""

    erasable = Erasable(
        {"body": ""},
        erased("(SELECT person_id FROM complaints_ticket WHERE complaints_ticket.id = NEW.ticket_id)"),
    )

    class Kind(models.TextChoices):
        REGISTERED = "REGISTERED", _("registered")
        EXPLAINED = "EXPLAINED", _("explained to the citizen")
        ROUTED = "ROUTED", _("handed to the handling office")
        TAKEN = "TAKEN", _("signed for")
        HANDED_OVER = "HANDED_OVER", _("handed to a colleague")
        LOOKED = "LOOKED", _("code looked up again")
        IDENTIFIED = "IDENTIFIED", _("person identified")
        ASKED = "ASKED", _("material asked for")
        RESUMED = "RESUMED", _("material recorded, clock runs again")
        SENT_BACK = "SENT_BACK", _("sent back for a ruling")
        RULED = "RULED", _("ruled on")
        EXTENDED = "EXTENDED", _("time extended")
        ASSIST_ASKED = "ASSIST_ASKED", _("another office asked to assist")
        ASSIST_ANSWERED = "ASSIST_ANSWERED", _("assisting office answered")
        VOID_PROPOSED = "VOID_PROPOSED", _("void proposed, waits for its second person")
        VOID_REFUSED = "VOID_REFUSED", _("void sent back by the second person")
        DECIDED = "DECIDED", _("decided")
        REFRESHED = "REFRESHED", _("decision brought up to the code as it is now")
        TOLD = "TOLD", _("citizen told")
        VISITED = "VISITED", _("return visit")
        REDONE = "REDONE", _("back to be handled again")
        TAKEN_OVER = "TAKEN_OVER", _("taken over by the complaint lead")
        CLOSED = "CLOSED", _("closed")
        REOPENED = "REOPENED", _("reopened")
        MERGED = "MERGED", _("merged into another ticket")
        JOINED = "JOINED", _("another ticket merged into this one")
        WITHDRAWN = "WITHDRAWN", _("withdrawn by the citizen")
        CANCELLED = "CANCELLED", _("cancelled")
        NOTED = "NOTED", _("note for colleagues")
        REPLIED = "REPLIED", _("reply to the citizen")
        ATTACHED = "ATTACHED", _("file added")
        ESCALATED = "ESCALATED", _("time is over")
        CONTACTED = "CONTACTED", _("big-data bureau rung up at once")

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="events", verbose_name=_("ticket"))
    seq = models.PositiveIntegerField(pgettext_lazy("order", "place"))
    at = models.DateTimeField(_("at"))
    actor = user(_("actor"))
    office = models.ForeignKey(Office, models.PROTECT, related_name="+", verbose_name=_("office"))
    kind = models.CharField(_("what"), max_length=20, choices=Kind)
    from_state = models.CharField(max_length=12, choices=TicketState, blank=True)
    to_state = models.CharField(max_length=12, choices=TicketState, blank=True)
    is_public = models.BooleanField(_("said to the citizen"), default=False)
    body = models.TextField(_("words"), max_length=4000, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("ticket event")
        verbose_name_plural = _("ticket events")
        constraints = (
            models.UniqueConstraint(fields=("ticket", "seq"), name="ticketevent_one_place"),
            models.CheckConstraint(
                name="ticketevent_notes_are_private", condition=~models.Q(kind="NOTED", is_public=True)
            ),
            models.CheckConstraint(
                name="ticketevent_replies_are_public", condition=~models.Q(kind="REPLIED", is_public=False)
            ),
        )

    receiver = ""  # whom it went to, where it was asked (`selectors/receivers.py`)

    @property
    def words(self) -> str:
        """Return what happened, and whom it went to."""
        kind = self.get_kind_display()
        return languages.bracketed(kind, self.receiver)

    def __str__(self) -> str:
        return f"{self.ticket_id}/{self.seq} · {self.get_kind_display()}"
