from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "healthcode.core.audit"
    label = "audit"
    verbose_name = _("Audit ledger")

    def ready(self) -> None:
        from healthcode.core.audit import checks, skew, triggers  # noqa: F401

        # A table rebuilt by a migration loses its triggers silently: put them back after every migrate.
        pre_migrate.connect(triggers.step_aside, dispatch_uid="audit.triggers.aside")
        post_migrate.connect(triggers.reinstall, dispatch_uid="audit.triggers")
        connection_created.connect(skew.at_connection, dispatch_uid="audit.skew")
