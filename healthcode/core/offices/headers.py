"""What every answer tells the browser: keep no copy, give no device to others, be embedded nowhere."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# A log-in may use a passkey, a gate keeper's page the camera; nothing else of the machine is anybody's business.
GATE = "/gate/"
PERMISSIONS = (
    "publickey-credentials-get=(self), publickey-credentials-create=(self), geolocation=(), "
    "microphone=(), payment=(), usb=(), serial=(), midi=(), display-capture=(), browsing-topics=()"
)


class PrivateAnswersMiddleware:
    """Say so with every answer, errors and redirects included: any of them may bear somebody's data."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "no-store" not in response.headers.get("Cache-Control", ""):
            response.headers["Cache-Control"] = "no-store"
        camera = "camera=(self)" if request.path.startswith(GATE) else "camera=()"
        response.headers["Permissions-Policy"] = f"{camera}, {PERMISSIONS}"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response
