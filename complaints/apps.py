from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplaintsConfig(AppConfig):
    name = "complaints"
    verbose_name = _("Complaint desk")

    def ready(self) -> None:
        """Let an erasure include the texts of tickets, a void ask for its ticket, and a look-up be for one."""
        from cases.services.grounds import self_checks
        from cases.services.persons import asking, erasable
        from complaints.services import reads, texts

        erasable.TEXTS |= texts.TEXTS
        erasable.BLOCKING.append(texts.require_no_open_ticket)
        asking.TASKS.append(reads.open_ticket)
        self_checks.OPEN_TICKET.append(texts.sources_of_open_ticket)
