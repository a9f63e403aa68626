"""The page of a person's timeline: the picture and its table, to read and to print."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Person, RuleBook
from cases.selectors.story import story
from cases.services.persons import reads
from healthcode.core.offices.scoped_admin import reader
from healthcode.portal.supervision import page
from healthcode.portal.timelines.drawing import draw
from healthcode.portal.timelines.stories import lanes


def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the timeline of somebody whose page the reader may open."""
    by, at = reader(request), timezone.now()
    person = Person.objects.select_related("present").filter(pk=pk).first()
    if person is None or not reads.may_view(by, person, at=at):
        raise Http404
    reads.record(person, by=by, at=at, page="timeline")
    found = lanes(person, story(person), RuleBook.objects.in_force(at).policy, at=at)
    rows = [(lane.label, one) for lane in found for one in lane.spans]
    context = {
        "title": _("Timeline"),
        "person": person,
        "at": at,
        "timeline": draw(found, until=at),
        "rows": sorted(rows, key=lambda row: row[1].since, reverse=True),
    }
    return page(request, "timelines/timeline.html", context)


ROUTES = (("persons/<int:pk>/timeline/", show, "person_timeline"),)
