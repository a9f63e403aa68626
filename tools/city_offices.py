"""Who works in a city: each county has its control group, each township its community and its officer."""

from typing import Any

from django.db import connection
from django.utils import timezone

from healthcode.core.offices.models import Division, Office, User


def places(users: dict[str, User]) -> None:
    """Give every county its group and every township its community and officer; keep them in a temporary table."""
    for division in Division.objects.filter(pk__startswith="3306").order_by("pk"):
        code, kind = division.pk, {6: "GROUP", 9: "COMMUNITY"}.get(len(division.pk))
        if kind is None or Office.objects.filter(division=division, kind=kind).exists():
            continue
        office = Office.objects.create(
            code=f"{kind.lower()}-{code}", kind=kind, division=division, name=division.name, phone="0575"
        )
        if kind == "COMMUNITY":
            User.objects.create(
                username=f"officer.{code}", role="officer", office=office, name=division.name, is_active=True,
                created_at=timezone.now(), granted_at=timezone.now(),
            )  # fmt: skip
    rows: list[tuple[Any, ...]] = []
    for office in Office.objects.filter(kind="COMMUNITY").select_related("division").order_by("division"):
        officer = User.objects.filter(office=office, role="officer").order_by("pk").first()
        group = Office.objects.get(kind="GROUP", division=office.division_id[:6])
        rows.append(
            (len(rows), office.division_id, office.pk, (officer or users["officer.yulin"]).pk, group.pk)
        )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS city_place")
        cursor.execute(
            "CREATE TEMPORARY TABLE city_place"
            " (n integer PRIMARY KEY, division varchar(12), office bigint, officer bigint, wing bigint)"
        )
        cursor.executemany("INSERT INTO city_place VALUES (%s, %s, %s, %s, %s)", rows)
