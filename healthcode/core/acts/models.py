"""What somebody typed into the form of an act, until it is done or a day old, and what a worker does of it."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from healthcode.core.offices.models import User


class Attempt(models.Model):
    """One filling-in of one form by one user. What was typed is sealed: it names people and numbers."""

    mark = models.CharField(max_length=16, unique=True)  # in the page's address, and good for its user alone
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    page = models.CharField(max_length=200)  # of which page it is
    at = models.DateTimeField(db_index=True)
    sealed = models.BinaryField()
    is_interrupted = models.BooleanField(default=False)  # sent, and taken by no page: its user is told of it

    def __str__(self) -> str:
        return f"Attempt {self.pk}"


class BackgroundActQuerySet(models.QuerySet["BackgroundAct"]):
    def unfinished(self) -> Self:
        """Keep the acts that a worker still has to do."""
        return self.filter(state=BackgroundAct.State.WAITING)


class BackgroundAct(models.Model):
    """An act on many people that a worker does in place of the page: whose attempt it is, and how far it has come.

    The act itself is one transaction, in which this row turns to done: it is done once, or not at all.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", _("being done")
        DONE = "DONE", pgettext_lazy("act", "done")
        REFUSED = "REFUSED", _("not done")
        FAILED = "FAILED", _("stopped by an error of the portal")

    attempt = models.OneToOneField(Attempt, models.CASCADE, related_name="background")
    operation = models.CharField(max_length=60)
    rehearses = models.BooleanField()  # only works out the effect, and is rolled back
    language = models.CharField(max_length=10)  # of the page that asked, and so of what is answered
    state = models.CharField(max_length=10, choices=State, default=State.WAITING.value)
    people = models.PositiveIntegerField()  # about how many it reaches
    done = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # One worker at a time: until when it has the act, how often one took it up, and how often the work broke.
    claimed_until = models.DateTimeField(null=True)
    claims = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)

    objects = BackgroundActQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="backgroundact_state_known",
                condition=models.Q(state__in=("WAITING", "DONE", "REFUSED", "FAILED")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.operation} {self.pk}"
