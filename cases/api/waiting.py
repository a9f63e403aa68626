"""What waits for the reader's office."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.models import Person
from cases.selectors.worklists import Worklist, worklists
from cases.services.persons import reads
from healthcode.core.offices.api.base import PortalView

SHOWN = 200


class WaitingRowSerializer(serializers.Serializer[Any]):
    """One thing that waits. The name is there for those who may read the person's page."""

    person = serializers.UUIDField(allow_null=True)
    name = serializers.CharField(required=False)
    about = serializers.CharField(help_text="What waits: a kind of record and its number.")
    since = serializers.DateTimeField(allow_null=True)
    waits_for = serializers.CharField(allow_blank=True)


class WorklistSerializer(serializers.Serializer[Any]):
    """One list: how many wait, and the first of them."""

    key = serializers.CharField()
    label = serializers.CharField()
    urgent = serializers.BooleanField()
    total = serializers.IntegerField()
    rows = WaitingRowSerializer(many=True)


class WorklistsView(PortalView):
    """Show what waits for the reader's office, urgent lists first; empty ones are left out."""

    @extend_schema(operation_id="worklists", responses=WorklistSerializer(many=True))
    def get(self, request: Request) -> Response:
        if not self.by.is_staff:
            raise PermissionDenied  # a machine has no work waiting: it sends when it has something
        found = worklists(self.by, self.at, limit=SHOWN)
        keys = {row.person.pk for one in found for row in one.rows if row.person}
        reach = Person.objects.reachable_by(self.by, "person.view", self.at).filter(pk__in=keys)
        named = dict(reach.values_list("pk", "name"))
        answer = [_as_json(one, named) for one in found]
        reads.record_list("worklists", filters=[], by=self.by, at=self.at)
        return Response(WorklistSerializer(answer, many=True).data)


def _as_json(worklist: Worklist, named: dict[int, str]) -> dict[str, Any]:
    rows = [_row(row.person, row.about, row.since, row.waits_for, named) for row in worklist.rows]
    return {
        "key": worklist.key,
        "label": str(worklist.label),
        "urgent": worklist.urgent,
        "total": worklist.total,
        "rows": rows,
    }


def _row(
    person: Person | None, about: Any, since: datetime | None, waits_for: str, named: dict[int, str]
) -> dict[str, Any]:
    row = {
        "person": person.public_id if person else None,
        "about": f"{about._meta.model_name}:{about.pk}",
        "since": since,
        "waits_for": waits_for,
    }
    return row | ({"name": named[person.pk]} if person and person.pk in named else {})
