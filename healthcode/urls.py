"""Where everything is found."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from cases.management.demo.phone import phone
from healthcode.core.offices.api.base import no_such_path

urlpatterns = [
    path("api/v1/", include("complaints.api.urls")),
    path("api/", include("cases.api.urls")),
    path("api", no_such_path),
    path("gate/", include("cases.gate.urls")),
    path("p/", include("cases.citizen.urls")),
    path("", admin.site.urls),
]

if not settings.PRODUCTION:  # a phone of the demo, absent from what serves real people
    urlpatterns.insert(0, path("demo/phone/", phone, name="demo-phone"))

handler400 = "healthcode.portal.operation.errors.bad_request"
handler404 = "healthcode.portal.operation.errors.not_found"
handler500 = "healthcode.portal.operation.errors.server_error"
