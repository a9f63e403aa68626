"""Where everything is found."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("complaints.api.urls")),
    path("api/", include("cases.api.urls")),
    path("gate/", include("cases.gate.urls")),
    path("", admin.site.urls),
]

handler500 = "healthcode.portal.operation.errors.server_error"
