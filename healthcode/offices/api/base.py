"""The one view under every address of the API: who asks, in which language, and what is never cached."""

from datetime import datetime
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.views import APIView

from healthcode.offices.api.problems import problem
from healthcode.offices.models import User


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
        _speak(request, None)  # so that a refused token is told in a language of the client's choice
        super().perform_authentication(request)
        _speak(request, request.user)

    def check_permissions(self, request: Request) -> None:
        if request.user is not None and not self._answers_to(request.method or ""):
            raise exceptions.MethodNotAllowed(request.method or "")
        super().check_permissions(request)

    def _answers_to(self, method: str) -> bool:
        return method.lower() in self.http_method_names and hasattr(self, method.lower())

    def finalize_response(  # type: ignore[override]
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]
        response.headers["Content-Language"] = translation.get_language() or ""
        response.headers["Cache-Control"] = "no-store"  # personal data stays out of every cache
        patch_vary_headers(response, ("Accept-Language", "Authorization", "Cookie"))
        return response


def no_such_path(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Answer for addresses that do not exist."""
    _speak(request, None)
    return problem("no_such_path")


def _speak(request: Any, user: Any) -> None:
    """Speak the language a machine asks for, else the user's own. UserLanguageMiddleware puts it back."""
    if user is not None and (request.auth is None or "Accept-Language" not in request.headers):
        translation.activate(user.language)
    elif "Accept-Language" in request.headers:
        translation.activate(translation.get_language_from_request(request))
