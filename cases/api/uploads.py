"""Deliveries of machines: the file itself is the body, and streams in."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.http import UnreadablePostError
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cases import tasks
from cases.models import Batch
from cases.models.batches import Kind
from cases.services.deliveries import receiving
from cases.services.engine.refusals import Refusal
from healthcode.core.offices.api import idempotency
from healthcode.core.offices.api.base import PortalView
from healthcode.core.offices.api.problems import FieldFault, Problem, Refused
from healthcode.core.offices.bodies import Announced, LengthMissing

CHUNK = 64 * 1024
DRAINED = 4 * receiving.LARGEST


class UploadQuery(serializers.Serializer[Any]):
    """What a delivery says of itself, in the query: the body is the file."""

    kind = serializers.ChoiceField(choices=Kind.choices)
    form = serializers.ChoiceField(
        choices=Batch.Form.choices,
        required=False,
        help_text="By the ending of `file_name` where it is not said, else by Content-Type; else NDJSON.",
    )
    encoding = serializers.ChoiceField(
        choices=Batch.Encoding.choices, required=False, help_text="Passed over: it is found."
    )
    file_name = serializers.CharField(max_length=200, default="delivery")
    rows = serializers.IntegerField(required=False, min_value=0, help_text="How many rows the file has.")
    sha256 = serializers.RegexField(
        "^[0-9a-fA-F]{64}$", required=False, help_text="The hash of the whole body."
    )
    at_once = serializers.BooleanField(
        default=True, help_text="False: wait for `confirm-delivery` once the preview is there."
    )


class Body:
    """The body of a request, as it streams in: counted against what the sender announced of it."""

    def __init__(self, request: Request) -> None:
        self.read = request._request.read
        self.announced = Announced(request._request)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the file. Raises LengthMissing, UploadCutOff and UploadChanged."""
        if self.announced.length is None:
            raise LengthMissing()
        try:
            while chunk := self.read(CHUNK):
                self.announced.add(chunk)
                yield chunk
        except UnreadablePostError:
            self.announced.require_whole()
            raise
        self.announced.require_whole()

    def drain(self) -> None:
        """Read what is left, so that the sender comes to hear the answer: until then many do nothing but send."""
        left = 0
        with suppress(UnreadablePostError):
            while left < DRAINED and (chunk := self.read(CHUNK)):
                left += len(chunk)


class UploadAnswer(serializers.Serializer[Any]):
    """Where the delivery is; its state says how far the work has come."""

    id = serializers.IntegerField()
    address = serializers.CharField()
    new = serializers.BooleanField(
        help_text="False: the same file was delivered before; nothing was changed."
    )


class UploadView(PortalView):
    """POST a file: it is stored as it streams in, checked as a whole, and applied by a worker."""

    act = "batch.deliver"
    http_method_names = ["post"]  # noqa: RUF012

    @extend_schema(
        parameters=[UploadQuery],
        request={"application/x-ndjson": OpenApiTypes.BINARY, "text/csv": OpenApiTypes.BINARY},
        responses=UploadAnswer,
        operation_id="deliver-stream",
    )
    def post(self, request: Request) -> Response:
        key = idempotency.key_of(request)
        unknown = set(request.query_params) - set(UploadQuery().fields)
        if unknown:
            raise Problem("invalid", faults=[FieldFault(name, "unknown", "?") for name in sorted(unknown)])
        asked = UploadQuery(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        data = dict(asked.validated_data)
        data.pop("encoding", None)
        data.setdefault("form", receiving.form_of(data["file_name"], request.content_type or ""))
        declared = {"declared_rows": data.pop("rows", None), "declared_sha256": data.pop("sha256", "")}
        try:
            upload = receiving.store(Body(request), at=self.at)
            with transaction.atomic():
                batch, is_new = receiving.receive(upload, **declared, **data, by=self.by, at=self.at)
                asked_for = f"{request.get_full_path()}\n{batch.sha256}"
                idempotency.remember(self.by, key, hashlib.sha256(asked_for.encode()).hexdigest(), at=self.at)
                tasks.begin(batch)
        except Refusal as refusal:
            raise Refused(FieldFault(refusal.field, refusal.code, str(refusal))) from refusal
        address = reverse("api:delivery", args=(batch.pk,))
        return Response({"id": batch.pk, "address": address, "new": is_new}, status=202)

    def finalize_response(  # type: ignore[override]
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        Body(request).drain()  # also of whoever has no token: a proxy takes an answer in between for a fault
        return super().finalize_response(request, response, *args, **kwargs)
