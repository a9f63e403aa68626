"""The base of every API view: who asks, in which language, and that no answer is cached."""

from datetime import datetime
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.views import APIView

from healthcode.core import languages
from healthcode.core.offices.api import pace
from healthcode.core.offices.api.problems import problem
from healthcode.core.offices.models import User


class PortalView(APIView):
    """A view that answers to GET and POST alone, to the roles that the table has for its act."""

    act: ClassVar[str] = ""  # the row of the role table; empty where every user may ask
    http_method_names = ["get", "head", "post"]  # noqa: RUF012
    metadata_class = None

    @property
    def by(self) -> User:
        """Return who asks; permissions have been checked."""
        assert isinstance(self.request.user, User)
        return self.request.user

    @property
    def at(self) -> datetime:
        """Return the instant at which the request is answered, the same for all its questions."""
        if not hasattr(self, "_at"):
            self._at = timezone.now()
        return self._at

    def may(self) -> bool:
        """Tell whether the role table opens this view to who asks."""
        return not self.act or self.by.may(self.act)

    def perform_authentication(self, request: Request) -> None:
        # UserLanguageMiddleware speaks a session's language already, and puts back whatever is spoken here.
        asked = "" if request._request.user.is_authenticated else _language_asked(request)
        if asked:
            translation.activate(asked)  # now, so that a refused token is answered in it
        super().perform_authentication(request)
        if isinstance(request.user, User) and not asked:
            translation.activate(request.user.language)

    def check_permissions(self, request: Request) -> None:
        if request.user is not None and not self._answers_to(request.method or ""):
            raise exceptions.MethodNotAllowed(request.method or "")
        if isinstance(request.user, User):
            pace.require(request.user)
        super().check_permissions(request)

    def _answers_to(self, method: str) -> bool:
        return method.lower() in self.http_method_names and hasattr(self, method.lower())

    def finalize_response(  # type: ignore[override]
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]
        response.headers["Content-Language"] = languages.current()
        response.headers["Cache-Control"] = "no-store"  # personal data stays out of every cache
        patch_vary_headers(response, ("Accept-Language", "Authorization", "Cookie"))
        return response


@csrf_exempt  # nothing happens here, whoever sent it
def no_such_path(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Answer for addresses that do not exist."""
    if not request.user.is_authenticated and (asked := _language_asked(request)):
        translation.activate(asked)
    return problem("no_such_path")


def _language_asked(request: Any) -> str:
    """Return the language that a machine asks for; empty where it does not say."""
    return translation.get_language_from_request(request) if "Accept-Language" in request.headers else ""
