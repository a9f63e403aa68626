"""The way to the directory and back: log-in beside username and password, where the portal has a directory."""

import logging
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from healthcode.core.acts.interrupted import own_address
from healthcode.core.offices import directory, sessions
from healthcode.core.offices.refusals import Refusal
from healthcode.portal import entering

BEGUN = "directory-log-in"  # in the session, until it comes back
BACKEND = "healthcode.core.offices.backends.RoleBackend"
log = logging.getLogger(__name__)


@never_cache
def begin(request: HttpRequest) -> HttpResponse:
    """Go to the directory."""
    _require_on()
    goes_to = _next(request)
    try:
        address, kept = directory.begin(back=_back(request), next_page=goes_to, at=timezone.now())
    except (Refusal, directory.Untrusted) as error:
        return _refused(request, error, goes_to)
    request.session[BEGUN] = kept
    return HttpResponseRedirect(address)


@never_cache
def finish(request: HttpRequest) -> HttpResponse:
    """Come back from it: whoever it names is let in as far as the password would let them."""
    _require_on()
    kept = request.session.pop(BEGUN, None)
    goes_to = kept["next"] if kept else reverse("admin:index")
    try:
        user = directory.finish(kept, request.GET.dict(), back=_back(request), at=timezone.now())
    except Refusal as error:
        return _refused(request, error, goes_to)
    login(request, user, backend=BACKEND)
    # The directory may have known them since the morning: before a credential the password is asked for.
    request.session.pop(sessions.PROVEN, None)
    response = HttpResponseRedirect(own_address(goes_to, by=user))
    if user.second_factor_id is None:  # else it is open once the code is typed
        entering.opened(request, response, user)
    return response


def _refused(request: HttpRequest, error: Exception, goes_to: str) -> HttpResponse:
    """Say why on the page of username and password, from which one goes on to the same place."""
    reason = error.__cause__ if isinstance(error, directory.AnswerUntrusted) else error
    log.warning("Log-in through the directory refused: %s", getattr(reason, "reason", type(reason).__name__))
    sentence = error if isinstance(error, Refusal) else directory.DirectoryAway()
    messages.error(request, str(sentence))
    return HttpResponseRedirect(f"{reverse('admin:login')}?{urlencode({REDIRECT_FIELD_NAME: goes_to})}")


def _require_on() -> None:
    if not directory.is_on():
        raise Http404


def _back(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("admin:directory_finish"))


def _next(request: HttpRequest) -> str:
    asked = request.GET.get(REDIRECT_FIELD_NAME, "")
    if url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure()):
        return asked
    return reverse("admin:index")
