"""What the complaint desk stores. Nothing here is ever deleted."""

from complaints.models.attachments import Attachment
from complaints.models.events import TicketEvent
from complaints.models.intake import Draft, NumberSeries
from complaints.models.letters import Message
from complaints.models.modules import TextModule
from complaints.models.tickets import Ticket
from complaints.models.viewers import TicketViewer
from complaints.models.work import Assist, CodeCorrection, Escalation, Notice, ReturnVisit

__all__ = (
    "Assist",
    "Attachment",
    "CodeCorrection",
    "Draft",
    "Escalation",
    "Message",
    "Notice",
    "NumberSeries",
    "ReturnVisit",
    "TextModule",
    "Ticket",
    "TicketEvent",
    "TicketViewer",
)
