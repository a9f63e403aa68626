"""What the pages of supervision share: who may open them, the event of the reading, and the frame around them."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from healthcode.core.audit import ledger
from healthcode.core.audit.recorded import About
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import reader


def supervisor(request: HttpRequest) -> User:
    """Return the reader; refuse whoever may not read the ledger."""
    user = reader(request)
    if not user.may("audit.read"):
        raise PermissionDenied
    return user


def record_reading(request: HttpRequest, action: str, about: About, **body: Any) -> None:
    """Write who read what: supervision is watched as everybody is."""
    ledger.record(action, by=reader(request), at=timezone.now(), about=about, **body)


def page(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """Return a page of the admin site."""
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context})
