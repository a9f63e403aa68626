from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = _("Persons and codes")

    def ready(self) -> None:
        from cases.models import fixed

        post_migrate.connect(fixed.reinstall, sender=self, dispatch_uid="cases.fixed")
