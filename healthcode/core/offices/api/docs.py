"""The API's own pages: its schema, and the page that shows it under the strict Content-Security-Policy."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseBase
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import exceptions

from healthcode.core.offices.api.base import PortalView


class SchemaView(PortalView, SpectacularAPIView):
    """The OpenAPI document."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer]  # noqa: RUF012
    permission_classes = PortalView.permission_classes


class DocsView(PortalView, SpectacularSwaggerSplitView):
    """The documentation page; whoever has not logged in is asked to."""

    permission_classes = PortalView.permission_classes
    template_name = "api/docs.html"
    url_name = "api:schema"

    def handle_exception(self, exc: Exception) -> HttpResponseBase:  # type: ignore[override]
        if isinstance(exc, exceptions.NotAuthenticated) and self.request.method == "GET":
            return redirect_to_login(self.request.get_full_path())
        answer: Any = super().handle_exception(exc)
        return answer
