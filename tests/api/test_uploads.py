"""Machines stream a file in; a worker checks and applies it; its address says how far it is."""

import base64
import hashlib
import io
import uuid

import pytest

from cases.models import Batch, BatchPart, Case
from tests.api.conftest import fields_of, status_and_code
from tests.deliveries.conftest import HEADINGS, ground
from tests.factories import register, sealed


@pytest.fixture
def province(cast, caller):
    return caller(cast.province)


@pytest.fixture
def file(cast):
    person = register(by=cast.service_xinchang)
    return sealed(
        "\n".join((HEADINGS["GROUNDS"], ground(person, "S1", "系统自动赋黄码", began="2026-01-02")))
    )


def upload(caller, body, *, key="", query="kind=GROUNDS&form=CSV", digest="", **environ):
    headers = {**caller.headers, "Idempotency-Key": key or uuid.uuid4().hex, "Content-Digest": digest}
    address = f"/api/v1/uploads?{query}"
    return caller.client.post(address, body, content_type="text/csv", headers=headers, **environ)


def digest_of(body):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def test_a_file_streams_in_and_is_applied_without_waiting(province, file, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(province, file)
    assert (answer.status_code, answer.json()["new"]) == (202, True)
    body = province.client.get(answer.json()["address"], headers=province.headers).json()
    assert (body["state"], body["accepted"], body["applied"]) == ("APPLIED", 1, 1)


@pytest.mark.parametrize(
    ("query", "media_type", "form"),
    [
        ("file_name=赋码.CSV", "application/octet-stream", "CSV"),
        ("file_name=a.xlsx", "text/csv", "XLSX"),
        ("", "text/csv; charset=utf-8", "CSV"),
        ("form=NDJSON", "text/csv", "NDJSON"),
        ("", "application/octet-stream", "NDJSON"),
    ],
)
def test_a_file_is_of_the_form_that_its_sender_says_or_its_name_or_its_type(
    province, query, media_type, form
):
    headers = {**province.headers, "Idempotency-Key": uuid.uuid4().hex}
    address = f"/api/v1/uploads?kind=GROUNDS&{query}"
    answer = province.client.post(address, b"x\n", content_type=media_type, headers=headers)
    assert Batch.objects.get(pk=answer.json()["id"]).form == form


def test_at_once_can_be_put_off_until_the_preview_was_read(
    province, file, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(province, file, query="kind=GROUNDS&form=CSV&at_once=false")
    body = province.client.get(answer.json()["address"], headers=province.headers).json()
    assert (body["state"], body["preview"]["new"], Case.objects.count()) == ("CHECKED", 1, 0)


def test_the_same_file_under_another_key_is_the_delivery_it_was(province, file):
    first, second = upload(province, file).json(), upload(province, file).json()
    assert (first["id"], second["new"]) == (second["id"], False)


def test_one_key_is_for_one_file(province, file):
    upload(province, file, key="k1")
    assert status_and_code(upload(province, file + b"x", key="k1")) == (422, "idempotency_key_reused")
    assert Batch.objects.count() == 1


def test_another_source_delivers_no_grounds(caller, cast, file):
    assert status_and_code(upload(caller(cast.telecom), file)) == (403, "not_allowed")


def test_a_wrong_parameter_is_named(province, file):
    answer = upload(province, file, query="kind=NONSENSE&rows=-1")
    assert status_and_code(answer) == (400, "invalid")
    assert set(fields_of(answer)) == {"kind", "rows"}


def test_a_file_whose_line_broke_is_refused_and_leaves_no_delivery(province, file):
    answer = upload(province, file, **{"wsgi.input": io.BytesIO(file[:-9])})
    assert status_and_code(answer) == (409, "deliveries.upload.cut_off")
    assert set(fields_of(answer)) == {"file"}
    assert not Batch.objects.exists()


@pytest.mark.parametrize("other", [b"x", b"x" * 100_000])
def test_a_file_that_is_not_what_its_digest_says_is_refused(province, file, other):
    answer = upload(province, file + other, digest=digest_of(file))
    assert status_and_code(answer) == (409, "deliveries.upload.digest_differs")
    assert not Batch.objects.exists()


def test_a_file_that_is_what_its_digest_says_is_taken(province, file):
    assert upload(province, file, digest=digest_of(file)).status_code == 202


@pytest.mark.parametrize("length", ["", "none"])
def test_a_file_whose_length_nobody_announced_is_refused(province, file, length):
    answer = upload(province, file, CONTENT_LENGTH=length)
    assert status_and_code(answer) == (409, "deliveries.upload.length_missing")
    assert not BatchPart.objects.exists()


def test_what_came_of_a_file_that_broke_off_is_not_kept(province, file):
    upload(province, file, **{"wsgi.input": io.BytesIO(file[:-9])})
    assert not BatchPart.objects.exists()


@pytest.mark.parametrize("digest", ["sha-256=:abc:", "sha-512=:abc:"])
def test_a_digest_that_is_none_fits_no_file(province, file, digest):
    assert status_and_code(upload(province, file, digest=digest)) == (409, "deliveries.upload.digest_differs")


class Counted(io.BytesIO):
    """A body that knows how much of it was asked for."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        self.taken += len(piece)
        return piece


@pytest.mark.parametrize(
    ("token", "method", "status"), [("Bearer nobody", "POST", 401), ("", "POST", 401), ("own", "PUT", 405)]
)
def test_whoever_is_refused_hears_it_once_the_file_has_come(province, token, method, status):
    body = Counted(bytes(300_000))
    headers = {"Authorization": province.headers["Authorization"] if token == "own" else token}
    answer = province.client.generic(
        method,
        "/api/v1/uploads",
        b"",
        content_type="text/csv",
        headers=headers,
        **{"wsgi.input": body, "CONTENT_LENGTH": "300000"},
    )
    assert (answer.status_code, body.taken) == (status, 300_000)
