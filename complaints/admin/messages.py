"""Messages to the hotline: what was sent, what waits, what was given up."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.admin.columns import minute
from complaints.models import Message
from complaints.services import outbox
from healthcode.core.acts.buttons import ActAdmin
from healthcode.core.acts.rows import RowOperation
from healthcode.core.offices.models import User


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
    list_display = ("ticket", "topic", "status", "attempts", "written", "arrived", "error")
    list_filter = (("status", admin.ChoicesFieldListFilter),)
    fields = (
        "ticket",
        "topic",
        "body",
        "status",
        "attempts",
        "created_at",
        "next_at",
        "delivered_at",
        "error",
    )
    readonly_fields = fields

    def scope(self, request: HttpRequest) -> QuerySet[Message]:
        return Message.objects.all()

    @admin.display(description=_("written at"))
    def written(self, message: Message) -> Any:
        return minute(message.created_at)

    @admin.display(description=_("delivered at"))
    def arrived(self, message: Message) -> Any:
        return minute(message.delivered_at)
