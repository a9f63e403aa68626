"""Presences: that somebody stayed in a division or at a place, or met somebody from there."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models.batches import Batch
from cases.models.people import Person
from healthcode.core.offices.models import Division, Office


class PresenceQuerySet(models.QuerySet["Presence"]):
    def ended_before(self, at: datetime) -> Self:
        return self.filter(until_at__lt=at)


class Track(models.Model):
    """Where and when: what a piece of a movement track says, and who sent it."""

    class Kind(models.TextChoices):
        STAY = "STAY", _("stay")
        CONTACT = "CONTACT", _("contact")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    division = models.ForeignKey(
        Division,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("division"),
    )
    venue = models.CharField(pgettext_lazy("risk area", "place"), max_length=100, blank=True)
    from_at = models.DateTimeField(pgettext_lazy("time", "from"))
    until_at = models.DateTimeField(pgettext_lazy("time", "until"))
    source = models.ForeignKey(Office, models.PROTECT, related_name="+", db_index=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        abstract = True


class Presence(Track):
    """A piece of a movement track: bulk data of machines, kept only as long as the longest look-back."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="presences", verbose_name=_("person"))
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="presences")

    objects = PresenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")
        indexes = (
            models.Index(fields=("division", "until_at"), name="presence_division_until"),
            models.Index(fields=("venue", "until_at"), condition=~Q(venue=""), name="presence_venue_until"),
            models.Index(fields=("until_at",), name="presence_until"),
        )
        constraints = (
            models.CheckConstraint(name="presence_kind_known", condition=Q(kind__in=("STAY", "CONTACT"))),
            models.CheckConstraint(name="presence_period", condition=Q(until_at__gte=F("from_at"))),
            models.CheckConstraint(
                name="presence_somewhere", condition=Q(division__isnull=False) | ~Q(venue="")
            ),
        )

    def __str__(self) -> str:
        return f"{_('Presence')} {self.pk}"


class WaitingTrack(Track):
    """A track of a number that nobody is registered under yet, kept as long as it would be looked back on."""

    document_index = models.CharField(max_length=64, db_index=True)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="waiting_tracks")

    class Meta:
        indexes = (models.Index(fields=("until_at",), name="waiting_track_until"),)

    def __str__(self) -> str:
        return f"{_('Presence')} {self.pk}"
