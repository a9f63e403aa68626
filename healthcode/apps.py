"""The building's own app configuration."""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    """Put our own site in the place of Django's default admin site, and the start-up checks on their list."""

    default_site = "healthcode.portal.site.PortalSite"

    def ready(self) -> None:
        from healthcode import checks  # noqa: F401

        super().ready()
