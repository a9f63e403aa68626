"""What the roof itself stores: signs a supervisor looked into, checks of the ledger, when work was last heard of."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from healthcode.core import languages
from healthcode.core.audit.models import AppendOnly
from healthcode.core.offices.words import Words


class Seen(AppendOnly):
    """A sign that something is wrong, marked as seen by a supervisor."""

    sign = models.CharField(_("sign"), max_length=30)
    subject = models.CharField(_("about"), max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("seen by")
    )
    at = models.DateTimeField(_("seen at"))
    note = Words(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("sign seen")
        verbose_name_plural = _("signs seen")
        constraints = (models.UniqueConstraint(fields=("sign", "subject", "by"), name="sign_seen_once"),)

    def __str__(self) -> str:
        return f"{self.sign} · {self.subject}"


class LedgerCheck(models.Model):
    """The ledger verified because somebody asked at a page: who, against which anchor, and what did not fit."""

    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    anchor = models.TextField(blank=True)  # checkpoints that were kept outside, as they were given
    done_at = models.DateTimeField(null=True)
    since = models.DateTimeField(null=True)  # of the first event
    leaves = models.PositiveBigIntegerField(default=0)
    seals = models.PositiveIntegerField(default=0)
    unsealed = models.PositiveIntegerField(default=0)
    anchors = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    findings = models.JSONField(default=list)  # the first of them, each in every language

    def __str__(self) -> str:
        return f"{_('check of the ledger')} {self.pk}"

    @property
    def sentences(self) -> list[str]:
        """Return what does not fit, in the reader's language."""
        return [one[languages.current()] for one in self.findings]


class Heartbeat(models.Model):
    """When a process beside the server was last at work: of the timer, and of the worker heard of last."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class BoardCount(models.Model):
    """How many rows of the board nobody has seen yet, and of how many signs, as the timer counted them: one row."""

    at = models.DateTimeField()
    rows = models.PositiveIntegerField()
    signs = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.rows} · {self.at}"
