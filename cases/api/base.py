"""The one view under every list about persons: its rows end where the reader's reach ends."""

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from cases.models import Person
from cases.selectors import reach
from cases.services.persons import reads
from healthcode.core.offices.api.base import PortalView
from healthcode.core.offices.api.filtering import OF_PAGES


class PersonReach(PortalView):
    """A view about persons: only those whom `person.view` reaches now."""

    act = "person.view"

    def reachable(self) -> QuerySet[Person]:
        return Person.objects.reachable_by(self.by, self.act, self.at)


class PersonRows(PersonReach, ListAPIView[Any]):
    """A list whose rows each belong to a person. It is written into the ledger that it was read."""

    person_path: ClassVar[str] = "person"  # from a row to its person, as Django writes look-ups
    related: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows.none()  # the schema is made without a reader
        return rows.filter(self.within()).select_related(*self.related)

    def within(self) -> Q:
        """Keep the rows of persons within reach, those of records merged into them included."""
        path, merged = self.person_path, reach.merged_within(self.by, self.act, at=self.at)
        return reach.of_rows(self.by, self.act, at=self.at, path=path) | Q(**{f"{path}__in": merged})

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = super().list(request, *args, **kwargs)
        filters = sorted(set(request.query_params) - OF_PAGES)
        reads.record_list(self.model_label(), filters=filters, by=self.by, at=self.at)
        return response

    def model_label(self) -> str:
        return self.get_queryset().model._meta.label_lower
