"""What waits for the reader's office."""

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases.models import Person
from cases.selectors.roster import Stage
from cases.selectors.worklists import Worklist, WorklistRow, worklists
from cases.services.persons import reads
from healthcode.core.offices.api.base import PortalView

SHOWN = 200


class ShiftSerializer(serializers.Serializer[Any]):
    """Somebody on duty: their office, name and telephone number."""

    office = serializers.CharField(source="office.code")
    name = serializers.CharField(source="user.name")
    phone = serializers.CharField()


class WaitSerializer(serializers.Serializer[Any]):
    """When something is due, whom it is with, and who can be called about it now."""

    due = serializers.DateTimeField()
    stage = serializers.ChoiceField(choices=Stage.choices)
    on_duty = ShiftSerializer(source="deciders", many=True, help_text="Who may decide it.")
    leaders = ShiftSerializer(many=True, help_text="Leaders on duty, once it is beyond its hours.")


class WaitingRowSerializer(serializers.Serializer[Any]):
    """One thing that waits. The name is there for those who may read the person's page."""

    person = serializers.UUIDField(allow_null=True)
    name = serializers.CharField(required=False)
    about = serializers.CharField(help_text="What waits: a kind of record and its number.")
    since = serializers.DateTimeField(allow_null=True)
    waits_for = serializers.CharField(allow_blank=True)
    wait = WaitSerializer(allow_null=True)


class WorklistSerializer(serializers.Serializer[Any]):
    """One list: how many wait, and the first of them."""

    key = serializers.CharField()
    label = serializers.CharField()
    urgent = serializers.BooleanField()
    total = serializers.IntegerField(help_text="Counted to one beyond 99.")
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
    rows = [_row(row, named) for row in worklist.rows]
    return {
        "key": worklist.key,
        "label": str(worklist.label),
        "urgent": worklist.urgent,
        "total": worklist.total,
        "rows": rows,
    }


def _row(found: WorklistRow, named: dict[int, str]) -> dict[str, Any]:
    person = found.person
    row = {
        "person": person.public_id if person else None,
        "about": f"{found.about._meta.model_name}:{found.about.pk}",
        "since": found.since,
        "waits_for": found.waits_for,
        "wait": found.wait,
    }
    return row | ({"name": named[person.pk]} if person and person.pk in named else {})
