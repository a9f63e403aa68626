"""Whose person it is beside the area: by an order, a report or a case of one's own."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from cases.models.cases import LIVE, Case
from cases.models.control import ControlOrder

if TYPE_CHECKING:
    from healthcode.core.offices.models import User


def assigned_to(user: "User") -> Q:
    return with_a_row(ControlOrder.objects.standing().filter(officer=user))


def with_a_row(rows: models.QuerySet[Any]) -> Q:
    """Keep persons with such a row on their own record, or on one that was merged into it."""
    return Q(Exists(rows.filter(person=OuterRef("pk")))) | Q(
        Exists(rows.filter(person__merged_into=OuterRef("pk")))
    )


def reported_by(user: "User") -> Q:
    """Keep persons whose live case this office reported to the control group, or was addressed with."""
    live = Case.objects.filter(state__in=LIVE, addressed_to__isnull=False)
    return with_a_row(live.filter(Q(source_office=user.office_id) | Q(addressed_to=user.office_id)))


def coded_by(user: "User") -> Q:
    """Keep persons whose live case this office entered."""
    return with_a_row(Case.objects.filter(state__in=LIVE, source_office=user.office_id))
