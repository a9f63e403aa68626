"""The gate without a network: the worker that keeps a page on the device, and that page, which names nobody."""

import hashlib
import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases.gate.taken_along import taken_along
from cases.gate.views import keeper_of
from cases.models import Venue
from cases.operations.gate import COLOURS, CheckGate, issuers

# What the page is made of: by the names that it asks for, and those that its scripts import by.
NAMED = (
    *("portal/portal.css", "portal/mark.svg", "gate/gate.css"),
    *("gate/camera.js", "gate/reader.js", "gate/keep.js", "gate/offline.js"),
)
IMPORTED = ("gate/passes.js", "gate/queue.js", "vendor/qr-decode.js", "vendor/ed25519-verify.js")
WORKER = "gate/worker.js"


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Serve the script that answers where the network does not; new as soon as anything that it keeps is."""
    names = [*map(static, NAMED), *(settings.STATIC_URL + name for name in IMPORTED)]
    kept = json.dumps({"version": _version(), "page": reverse("gate:offline"), "files": names})
    script = f"self.kept = {kept};\nimportScripts({json.dumps(static(WORKER))});\n"
    return HttpResponse(script, "text/javascript", headers={"Cache-Control": "no-cache, no-store"})


@cache
def _version() -> str:
    """Return the digest of everything that is kept."""
    found = [finders.find(name) for name in (*NAMED, *IMPORTED, WORKER)]
    return hashlib.sha256(b"".join(Path(str(file)).read_bytes() for file in found)).hexdigest()[:16]


@never_cache
@login_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the page that a device keeps: without a name, and without a token that grows old."""
    by, at = keeper_of(request), timezone.now()
    form, venue = CheckGate(by=by, at=at), Venue.objects.guarded_by(by).order_by("pk").first()
    context = {
        "door": taken_along(by, at),
        "form": form,
        "venue": venue,
        "issuers": issuers(),
        "colours": COLOURS,
    }
    return render(request, "gate/offline.html", context)
