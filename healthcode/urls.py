"""Where everything is found."""

from django.contrib import admin
from django.urls import include, path

from healthcode.core.offices.api.base import no_such_path

urlpatterns = [
    path("api/v1/", include("complaints.api.urls")),
    path("api/", include("cases.api.urls")),
    path("api", no_such_path),
    path("gate/", include("cases.gate.urls")),
    path("", admin.site.urls),
]

handler400 = "healthcode.portal.operation.errors.bad_request"
handler404 = "healthcode.portal.operation.errors.not_found"
handler500 = "healthcode.portal.operation.errors.server_error"
