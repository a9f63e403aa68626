"""The desk in the workplace. Importing this registers its lists and pages."""

from cases.admin import history
from complaints.admin import messages, modules, tickets  # noqa: F401
from complaints.models import TicketEvent
from complaints.models.choices import TicketState

# What the audit trail says about tickets is in these words.
history.CHOICES |= {"step": (TicketEvent.Kind,), "state": (TicketState,)}
