from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SupervisionConfig(AppConfig):
    name = "healthcode.portal"
    label = "supervision"
    verbose_name = _("Supervision")

    def ready(self) -> None:
        from healthcode.core.audit import takeover
        from healthcode.portal import inquiries  # noqa: F401 - says what a question can be about

        # After the last of all apps: then every table is there.
        post_migrate.connect(takeover.after_migrate, sender=self, dispatch_uid="audit.takeover")
