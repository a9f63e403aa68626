from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = _("Complaint desk")

    def ready(self) -> None:
        """Let the erasure of a person include the texts of their tickets, and a void ask for its ticket."""
        from cases.services.grounds import self_checks
        from cases.services.persons import erasable
        from complaints.services import texts

        erasable.TEXTS |= texts.TEXTS
        erasable.GUARDED += texts.GUARDED
        erasable.BLOCKING.append(texts.require_no_open_ticket)
        self_checks.OPEN_TICKET.append(texts.hands_of_open_ticket)
