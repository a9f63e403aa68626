from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfficesConfig(AppConfig):
    name = "healthcode.core.offices"
    label = "offices"
    verbose_name = _("Offices and accounts")

    def ready(self) -> None:
        """Let every log-in begin a session whose end is known."""
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        from healthcode.core.offices import open_sessions, sessions

        user_logged_in.connect(sessions.begin, dispatch_uid="sessions")
        user_logged_out.connect(open_sessions.closed, dispatch_uid="sessions")
