"""Another city of the province, from an empty database: its offices and staff by file, and somebody's red code."""

import io
import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from cases.management.demo.cast import OFFICES, USERS
from cases.models import SetupFile, Venue
from cases.policy.colours import Colour
from cases.policy.days import local_day
from healthcode.core.audit import triggers
from healthcode.core.offices import confirmations
from healthcode.core.offices.models import Office, User
from healthcode.portal.first_steps import first_steps
from tests import factories
from tests.browsers import Browser
from tests.cases.scenes import Scene, colour, fresh, order_of, sound

from .tables import STAFF, VENUES, table

NINGBO = "3302"
OWN = "four-words-in-a-row"
# The demo's places, in the other city.
PLACES = {"330624": "330203", "330602": "330205", "3306": NINGBO, "33": NINGBO}
ROLES = {
    "cdc": "疾控中心工作人员", "group": "管控组人员", "hospital": "医院人员", "community": "社区管控人员",
    "officer": "管控责任人", "service_point": "服务点人员", "clinic": "发热门诊工作人员", "bureau": "大数据局人员",
    "complaint_lead": "投诉咨询负责人", "duty_lead": "值班负责人", "policy_editor": "政策编制人员",
    "supervisor": "督查人员", "gate": "场所核验人员", "province": "省疫情防控平台（接口）",
}  # fmt: skip


def place(code: str) -> str:
    """Return where something of the demo lies in the other city."""
    before = next(one for one in PLACES if code.startswith(one))
    return PLACES[before] + code.removeprefix(before)


@pytest.fixture
def other_city(db, settings, monkeypatch):
    """An empty database in which another city was set up; the passwords that set-up printed."""
    settings.HOME_CITY = NINGBO
    monkeypatch.setattr(factories, "_known", {})
    connection.check_constraints()
    triggers.drop(connection)
    tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    with connection.cursor() as cursor:
        for one in tables:
            if one != "django_migrations":
                cursor.execute(f'DELETE FROM "{one}"')
    connection.check_constraints()
    triggers.install(connection)
    out = io.StringIO()
    call_command("bootstrap", "admin1", "admin2", stdout=out)
    return dict(re.findall(r"^(admin\d)  (\S+) ", out.getvalue(), re.MULTILINE))


def entered(username: str, password: str) -> Browser:
    """Log in with a password that was given, and choose one's own."""
    browser = Browser()
    browser.post("/login/", {"username": username, "password": password})
    change = {"old_password": password, "new_password1": OWN, "new_password2": OWN}
    change["confirmation"] = confirmations.of(User.objects.get(username=username))
    browser.post(reverse("admin:password_change"), change)
    user = User.objects.get(username=username)
    assert not user.password_is_temporary
    return browser


def brought(one: Browser, two: Browser, kind: str, content: bytes) -> SetupFile:
    """Prepare a file on one administrator's pages and grant it on the other's."""
    fields = {"kind": kind, "file": SimpleUploadedFile("名册.csv", content), "_confirm": "1"}
    response = one.post(reverse("admin:cases_setupfile_do", args=("prepare",)), fields)
    assert response.status_code == 302, response.context["form"].errors
    file = SetupFile.objects.latest("pk")
    two.post(
        reverse("admin:cases_setupfile_act", args=(file.pk, "decide")),
        {"decision": "approve", "_confirm": "1"},
    )
    file.refresh_from_db()
    assert file.decision == "APPROVED"
    return file


def codes(two: Browser, file: SetupFile) -> dict[str, str]:
    page = two.post(reverse("admin:cases_setupfile_act", args=(file.pk, "letters")), {"_confirm": "1"})
    return dict(
        re.findall(r"<code>([\w.]+)</code>.*?secret-text\">([\w-]+)<", page.content.decode(), re.DOTALL)
    )


def offices() -> bytes:
    heading = ("单位代码", "单位名称", "英文名称", "单位类别", "辖区", "电话")
    rows = [
        (code, f"甬{name}", "", kind, place(division), phone)
        for code, kind, division, name, _en, phone in OFFICES
    ]
    return table(heading, *(row for row in rows if row[0] not in ("administration", "province")))


def staff() -> bytes:
    people = [row for row in USERS if row[1] in ROLES]
    rows = [
        (username, f"甬{name}", "", ROLES[role], office) for username, role, office, name, _head in people
    ]
    return table(STAFF, *rows)


def test_another_city_of_the_province_starts_from_nothing_and_turns_a_code_red_and_green(other_city):
    one, two = (entered(name, password) for name, password in other_city.items())
    assert "新城市启用前的准备步骤" in one.get("/").content.decode()
    brought(one, two, "OFFICES", offices())
    file = brought(one, two, "STAFF", staff())
    letters = codes(two, file)
    assert len(letters) == User.objects.filter(created_by__username="admin1").exclude(role="province").count()
    brought(one, two, "VENUES", table(VENUES, ("东门", "学校", "school")))
    assert Venue.objects.get().division_id == place("330624")
    assert "新昌" not in str(Office.objects.values_list("division__name", flat=True))
    entered("community.yulin", letters["community.yulin"])

    scene, now = Scene(factories.Cast()), timezone.now() + timedelta(hours=1)
    person = scene.person(by=scene.cast.cdc_xinchang, present=place("330624001"), at=now)
    scene.clinical(person, at=now + timedelta(hours=1), began_on=local_day(now))
    assert colour(person, now + timedelta(hours=2)) == Colour.RED
    over = order_of(person).until + timedelta(hours=8)
    scene.ended(fresh(person), at=over)
    assert colour(person, over + timedelta(hours=1)) == Colour.GREEN
    sound()
    left = [
        str(step.label) for step in first_steps(User.objects.get(username="admin1"), at=over) if not step.done
    ]
    assert len(left) == 3  # the province's token, a leader on duty, the first anchor


def test_an_office_of_the_demos_city_is_outside_that_city(other_city):
    one = entered("admin1", other_city["admin1"])
    content = table(("单位代码", "单位名称", "单位类别", "辖区"), ("a", "社区", "社区", "新昌县羽林街道"))
    fields = {"kind": "OFFICES", "file": SimpleUploadedFile("名册.csv", content), "_confirm": "1"}
    response = one.post(reverse("admin:cases_setupfile_do", args=("prepare",)), fields)
    assert "第2行，辖区" in str(response.context["form"].errors)
