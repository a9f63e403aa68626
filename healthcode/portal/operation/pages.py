"""The addresses of an operator: answered before anything else, to anybody, without data.

`/healthz` the process lives; `/readyz` it can answer; `/statusz` how old the work beside it is, `/metrics` the same
for a monitor. And no page before the start-up checks have passed.
"""

from collections.abc import Callable

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse

from healthcode.core import outages
from healthcode.portal.operation import errors, metrics, readiness, status


class OperationMiddleware:
    """Stand before host check and HTTPS redirect: a load balancer knows neither name nor certificate."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.answers = {
            "/healthz": _health,
            "/readyz": _readiness,
            "/statusz": _status,
            "/metrics": _metrics,
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.answers.get(request.path)
        if answer is not None:
            response: HttpResponse = answer()
            response.headers["Cache-Control"] = "no-store"
            return response
        # What a page looks like comes from no database: the page that says so is to be read too.
        if not request.path.startswith(settings.STATIC_URL) and not readiness.has_started():
            return errors.restored(request) if readiness.is_restored() else errors.unavailable(request)
        return self.get_response(request)


def _health() -> JsonResponse:
    return JsonResponse({"alive": True})


def _readiness() -> JsonResponse:
    faults = readiness.faults()
    return _answer({"ready": not faults, "faults": faults}, 503 if faults else 200)


def _status() -> HttpResponse:
    return _of_database(lambda: _answer(status.ages(), 200))


def _metrics() -> HttpResponse:
    return _of_database(lambda: HttpResponse(metrics.text(), content_type=metrics.CONTENT_TYPE))


def _of_database(answer: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        return answer()
    except Error as error:
        if not (outages.is_lost(error) or outages.is_busy(error)):
            raise
        return _answer({"faults": ["database"]}, 503)


def _answer(body: dict[str, object], status_code: int) -> JsonResponse:
    response = JsonResponse(body, status=status_code)
    if status_code == 503:
        response.headers["Retry-After"] = str(outages.RETRY_AFTER)
    return response
