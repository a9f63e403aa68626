"""The printed pass: a paper of the size A6, drawn anew from its row each time."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from cases.models import Person
from cases.operations.base import may
from cases.operations.passes import PrintPass
from cases.selectors.passes import standing
from cases.services.persons import reads
from healthcode.core import qr_codes
from healthcode.core.offices.models import User


def paper(person: Person | None, *, by: User, request: HttpRequest) -> HttpResponse:
    """Show the pass that stands to whoever may print one for this person, in the language asked for."""
    at = timezone.now()
    if person is None or not may(PrintPass, person, by=by, at=at):
        raise Http404
    printed = standing(person, at)
    if printed is None:
        raise Http404
    reads.record(person, about=printed, by=by, at=at, page="pass")
    asked, languages = request.GET.get("language"), [code for code, _words in settings.LANGUAGES]
    language = asked if asked in languages else languages[0]
    context = {
        "title": person.name,
        "person": person,
        "printed": printed,
        "code": qr_codes.drawn(printed.digits),
        "office": by.office,
        "language": language,
        "other": next(one for one in languages if one != language),
    }
    return TemplateResponse(request, "cases/pass.html", context)
