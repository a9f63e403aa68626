"""What one administrator prepares and another grants."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class GrantedByTwo(models.Model):
    """A row that waits for another administrator from when it was prepared until it is granted, if it was prepared."""

    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("prepared by"),
    )
    prepared_at = models.DateTimeField(_("prepared at"), null=True, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("granted by"),
    )
    granted_at = models.DateTimeField(_("granted at"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_waiting(self) -> bool:
        """Tell whether another administrator has to grant it still."""
        return self.prepared_by_id is not None and self.granted_by_id is None
