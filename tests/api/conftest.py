"""Callers of the API: staff with a session, machines with a token."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from cases.models import Person
from healthcode.core.offices.models import User
from tests.factories import Cast, token_of
from tests.many import area as area

V1 = "/api/v1"


class Caller:
    """Somebody who calls the API: `caller.get("persons")`, `caller.do("enter-report", person, case=3)`."""

    def __init__(self, user: User, secret: str = "", language: str = "") -> None:
        self.user, self.client, self.headers = user, Client(), {}
        if language:
            self.headers["Accept-Language"] = language
        if secret:
            self.headers["Authorization"] = f"Bearer {secret}"
        else:
            self.client.force_login(user, backend="healthcode.core.offices.backends.RoleBackend")

    def get(self, path: str, **params: Any) -> HttpResponse:
        return self.client.get(f"{V1}/{path}", params, headers=self.headers)

    def post(self, path: str, body: Any, *, key: str | None = "", **headers: str) -> HttpResponse:
        if key is not None:
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        headers = {**self.headers, **headers}
        return self.client.post(f"{V1}/{path}", body, content_type="application/json", headers=headers)

    def do(
        self,
        name: str,
        person: Person | None = None,
        /,
        *,
        key: str | None = "",
        rehearse: bool = False,
        **body: Any,
    ) -> HttpResponse:
        where = f"persons/{person.public_id}/" if person else ""
        return self.post(f"{where}operations/{name}{'?rehearse=1' if rehearse else ''}", body, key=key)


@pytest.fixture
def caller(cast: Cast) -> Callable[..., Caller]:
    """Return a caller for a member of the cast; machines get a token."""

    def make(user: User, **status_and_code: str) -> Caller:
        return Caller(user, "" if user.is_staff else secret_of(cast, user), **status_and_code)

    return make


def secret_of(cast: Cast, user: User) -> str:
    """Issue a token that is good for an hour."""
    now = timezone.now()
    return token_of(user, until=now + timedelta(hours=1), at=now)[1]


def status_and_code(response: HttpResponse) -> tuple[int, str]:
    """Return the status and code of a problem."""
    assert response["Content-Type"] == "application/problem+json", response.content.decode()[:500]
    body = response.json()
    assert body["status"] == response.status_code and body["title"]
    return response.status_code, body["code"]


def fields_of(response: HttpResponse) -> dict[str, str]:
    """Return the code that each field of a problem has."""
    return {fault["field"]: fault["code"] for fault in response.json()["errors"]}
