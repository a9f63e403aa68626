"""A form is believed once all of it came: a file cut short in one looks like a whole one to whoever reads it."""

import base64
import hashlib
import io

import pytest
from django.test import Client

from cases.models import Batch, BatchPart
from tests.deliveries.conftest import HEADINGS
from tests.factories import register

BOUNDARY = "xxBOUNDARYxx"
PAGE = "/do/deliver/"


@pytest.fixture
def hospital(cast) -> Client:
    client = Client()
    client.force_login(cast.hospital_city)
    return client


@pytest.fixture
def body(cast) -> bytes:
    person = register(by=cast.service_xinchang)
    rows = "".join(
        f"{person.document},2026-08-1{n} 09:00,2026-08-1{n} 18:00,阴性,检测中心,H{n}\r\n" for n in range(9)
    )
    return (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="kind"\r\n\r\nRESULTS\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="r.csv"\r\n\r\n'
        f"{HEADINGS['RESULTS']}\r\n{rows}\r\n--{BOUNDARY}--\r\n"
    ).encode()


def digest_of(body: bytes, name: str = "sha256") -> bytes:
    return hashlib.new(name, body).digest()


def send(client: Client, body: bytes, announced: int, **headers):
    environ = {"CONTENT_LENGTH": str(announced), "wsgi.input": io.BytesIO(body)}
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return client.generic("POST", PAGE, b"x", kind, headers=headers, **environ)


def test_a_form_that_came_whole_is_a_delivery(hospital, body):
    assert send(hospital, body, len(body)).status_code == 302
    assert Batch.objects.get().kind == "RESULTS"


@pytest.mark.parametrize("missing", [1, 5, 60, 200])
def test_a_form_that_broke_off_is_no_delivery_and_says_how_much_came(hospital, body, missing):
    answer = send(hospital, body[:-missing], len(body))
    assert (answer.status_code, str(len(body) - missing) in answer.content.decode()) == (400, True)
    assert not Batch.objects.exists() and not BatchPart.objects.exists()


@pytest.mark.parametrize("missing", [5, 60, 200])
def test_a_form_that_was_announced_too_short_misses_its_end(hospital, body, missing):
    assert send(hospital, body, len(body) - missing).status_code == 400
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Content-Digest", lambda body: f"sha-256=:{base64.b64encode(digest_of(body)).decode()}:"),
        ("Repr-Digest", lambda body: f"sha-512=:{base64.b64encode(digest_of(body, 'sha512')).decode()}:"),
        ("Digest", lambda body: f"SHA-256={base64.b64encode(digest_of(body)).decode()}"),
        ("Content-Digest", lambda body: f"sha-256=:{digest_of(body).hex()}:"),
    ],
)
def test_a_form_is_what_its_digest_says_or_no_delivery(hospital, body, header, value):
    changed = body.replace(b"H3", b"H4")
    answer = send(hospital, changed, len(body), **{header: value(body)})
    assert (answer.status_code, header in answer.content.decode()) == (400, True)
    assert not Batch.objects.exists()
    assert send(hospital, body, len(body), **{header: value(body)}).status_code == 302


@pytest.mark.parametrize("value", ["sha-256=:abc:", "sha-256=::", "sha-256=:!!:"])
def test_a_digest_that_is_none_fits_nothing(hospital, body, value):
    assert send(hospital, body, len(body), **{"Content-Digest": value}).status_code == 400


def test_a_form_without_files_that_broke_off_is_not_read(hospital):
    environ = {"CONTENT_LENGTH": "80", "wsgi.input": io.BytesIO(b"username=hospital&password=short")}
    answer = hospital.generic("POST", "/login/", b"x", "application/x-www-form-urlencoded", **environ)
    assert (answer.status_code, "32" in answer.content.decode()) == (400, True)


def test_a_form_whose_line_broke_is_answered_in_chinese_where_the_reader_is(cast, body):
    client = Client()
    client.force_login(cast.hospital_city)
    assert "未完整收到" in send(client, body[:-60], len(body)).content.decode()


def chunked(client: Client, path: str, kind: str, body: bytes, **headers):
    environ = {"CONTENT_LENGTH": "", "wsgi.input": io.BytesIO(body)}
    headers = {"Transfer-Encoding": "chunked", **headers}
    return client.generic("POST", path, b"x", kind, headers=headers, **environ)


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "未注明长度"), ("en", "how long it is")])
def test_a_form_that_comes_in_pieces_without_a_length_says_so_and_stores_nothing(
    hospital, body, language, words
):
    hospital.cookies["django_language"] = language
    answer = chunked(hospital, PAGE, f"multipart/form-data; boundary={BOUNDARY}", body)
    page = answer.content.decode()
    assert (answer.status_code, words in page, "Content-Length" in page) == (400, True, True)
    assert not Batch.objects.exists() and not BatchPart.objects.exists()


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_machine_is_answered_that_the_length_is_missing_in_its_own_language(hospital, kind):
    answer = chunked(hospital, "/api/operations/deliver/", kind, b"{}", **{"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (411, "length_missing")
    assert answer.json()["title"].startswith("Say with Content-Length")
