"""Where a request comes from, seen through the proxies that are known to stand in front."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def client_address(request: HttpRequest) -> str:
    """Return the address that the outermost known proxy saw: a header that the client wrote itself is ignored."""
    passed = [
        entry.strip() for entry in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if entry.strip()
    ]
    if settings.PROXY_COUNT and len(passed) >= settings.PROXY_COUNT:
        return passed[-settings.PROXY_COUNT]
    return str(request.META.get("REMOTE_ADDR", ""))


def is_private_way(address: str) -> bool:
    """Tell whether nobody between can read or change what is sent there: HTTPS, or this machine in a trial."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    here = parts.scheme == "http" and parts.hostname in LOOPBACK and not settings.PRODUCTION
    return bool(parts.hostname) and (parts.scheme == "https" or here)
