"""How far a duty lead decides what came in great number: whoever answers for the city everything, a county its own."""

from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from cases.models import Batch, Case, MassHold, Undo
from healthcode.core.offices import scope
from healthcode.core.offices.models import User


def answers_for_the_city(user: User) -> bool:
    """Tell whether somebody answers for the whole city."""
    return scope.covers(user.jurisdiction, settings.HOME_CITY)


def holds(user: User) -> QuerySet[MassHold]:
    """Return the holds of mass coding whose people all live in the user's area."""
    elsewhere = Case.objects.filter(hold=OuterRef("pk")).exclude(_within(user, "person__present"))
    return (
        MassHold.objects.all() if answers_for_the_city(user) else MassHold.objects.exclude(Exists(elsewhere))
    )


def deliveries(user: User) -> QuerySet[Batch]:
    """Return the deliveries that an office of the user's area sent."""
    return Batch.objects.filter(_within(user, "office__division"))


def reads_deliveries(user: User) -> bool:
    """Tell whether somebody reads any deliveries."""
    return user.may("batch.deliver") or _reads_the_areas(user)


def readable_deliveries(user: User) -> QuerySet[Batch]:
    """Return what a user reads: supervision and duty leads the area's deliveries, others what their office sees to."""
    return deliveries(user) if _reads_the_areas(user) else Batch.objects.seen_to_by(user)


def _reads_the_areas(user: User) -> bool:
    return user.may("audit.read") or user.may("batch.decide_undo")


def undos(user: User) -> QuerySet[Undo]:
    """Return the askings to take such a delivery back."""
    return Undo.objects.filter(_within(user, "batch__office__division"))


def decides(rows: QuerySet[Any], row: Any) -> bool:
    """Tell whether a row is one of these."""
    return rows.filter(pk=row.pk).exists()


def _within(user: User, path: str) -> Q:
    return Q() if answers_for_the_city(user) else scope.within(user.jurisdiction, path)
