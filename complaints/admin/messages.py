"""Messages to the hotline: what was sent, what waits, what was given up."""

import json
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from cases.admin.columns import minute
from complaints.models import Message
from complaints.models.choices import TicketFinding, TicketState
from complaints.services import outbox
from healthcode.core import languages
from healthcode.core.acts.buttons import ActAdmin
from healthcode.core.acts.rows import RowOperation
from healthcode.core.offices.models import User

TOPICS = {
    "received": pgettext_lazy("message", "letter received"),
    "answer": pgettext_lazy("message", "answer"),
    "reply": pgettext_lazy("message", "decision, as the citizen was told"),
    "closed": pgettext_lazy("message", "closed"),
}


class SendAnew(RowOperation):
    """Send a message anew that was given up."""

    name = "again"
    label = _("Send anew")
    act = "ticket.handle"

    @classmethod
    def offered(cls, subject: Any, *, by: User, at: datetime) -> bool:
        return subject.status == Message.Status.FAILED

    def do(self) -> str | Promise:
        outbox.retry(self.subject, by=self.by, at=self.at)
        return _("It is sent with the next run of the timer.")


@admin.register(Message)
class MessageAdmin(ActAdmin):
    """The outbox; read-only but for sending anew."""

    view_act = "ticket.figures"
    select_related = ("ticket",)
    operations = (SendAnew,)
    list_display = ("ticket", "subject", "status", "attempts", "written", "arrived", "error")
    list_filter = (("status", admin.ChoicesFieldListFilter),)
    fields = (
        "ticket",
        "subject",
        "content",
        "status",
        "attempts",
        "created_at",
        "next_at",
        "delivered_at",
        "error",
        "raw",
    )
    readonly_fields = fields

    def scope(self, request: HttpRequest) -> QuerySet[Message]:
        return Message.objects.all()

    @admin.display(description=_("topic"))
    def subject(self, message: Message) -> str:
        return str(TOPICS.get(message.topic, message.topic))

    @admin.display(description=pgettext_lazy("message", "content"))
    def content(self, message: Message) -> str:
        """Return what the hotline is sent, in words."""
        sent = json.loads(message.body)
        lines = (
            (_("number of the letter"), sent["external_no"]),
            (_("handled as"), sent["handled_as"]),
            (_("state"), dict(TicketState.choices).get(sent["state"], sent["state"])),
            (
                pgettext("ticket", "finding"),
                dict(TicketFinding.choices).get(sent["finding"], sent["finding"]),
            ),
            (_("words"), sent["text"]),
        )
        return languages.listed((languages.entry(*line) for line in lines if line[1]), phrases=True)

    @admin.display(description=_("raw form"))
    def raw(self, message: Message) -> str:
        return message.body

    @admin.display(description=_("written at"))
    def written(self, message: Message) -> Any:
        return minute(message.created_at)

    @admin.display(description=pgettext_lazy("message", "delivered at"))
    def arrived(self, message: Message) -> Any:
        return minute(message.delivered_at)
