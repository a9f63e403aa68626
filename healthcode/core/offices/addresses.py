"""Where a request comes from, seen through the proxies that are known to stand in front."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the address that the outermost known proxy saw: a header that the client wrote itself is ignored."""
    passed = [
        entry.strip() for entry in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if entry.strip()
    ]
    if settings.PROXY_COUNT and len(passed) >= settings.PROXY_COUNT:
        return passed[-settings.PROXY_COUNT]
    return str(request.META.get("REMOTE_ADDR", ""))
