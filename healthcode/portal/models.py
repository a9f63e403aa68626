"""What the roof itself stores: which signs a supervisor has looked into, and when work was last heard of."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from healthcode.core.audit.models import AppendOnly


class Seen(AppendOnly):
    """A sign that something is wrong, marked as seen by a supervisor."""

    sign = models.CharField(_("sign"), max_length=30)
    subject = models.CharField(_("about"), max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("seen by")
    )
    at = models.DateTimeField(_("seen at"))

    class Meta:
        verbose_name = _("sign seen")
        verbose_name_plural = _("signs seen")
        constraints = (models.UniqueConstraint(fields=("sign", "subject", "by"), name="sign_seen_once"),)

    def __str__(self) -> str:
        return f"{self.sign} · {self.subject}"


class Heartbeat(models.Model):
    """When a process beside the server was last at work: of the timer, and of the worker heard of last."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
