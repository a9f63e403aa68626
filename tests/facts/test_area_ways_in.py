"""Areas by page, API and the province's file: the same places, the same default, the same two people."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import AreaChange, RiskArea
from cases.services import areas
from healthcode.core.offices import places
from healthcode.core.offices.models import Division
from tests.api.conftest import Caller
from tests.browsers import Browser
from tests.cases.scenes import Scene, fresh, refused
from tests.factories import DivisionFactory, delivered, sealed

HEADING = "记录编号,事项,地区名称,区划代码,风险等级,起始时间,来源文件"
BACKEND = "healthcode.core.offices.backends.RoleBackend"
PLACES = {
    "33": "浙江省",
    "3306": "绍兴市",
    "330624": "新昌县",
    "330624001": "羽林街道",
    "330624001001": "某某村",
}


@pytest.fixture(autouse=True)
def divisions(db):
    for code in ("33", "3306", "330624", "330624001"):
        DivisionFactory(code=code)
    Division.objects.create(code="330624001001", name="某某村", parent_id="330624001")


def moment() -> str:
    return f"{timezone.localtime(timezone.now() - timedelta(minutes=5)):%Y-%m-%d %H:%M}"


def by_page(scene: Scene, operation: str, **typed):
    client = Browser()
    client.force_login(scene.cast.duty_city, backend=BACKEND)
    return client.post(reverse("admin:do", args=(operation,)), {**typed, "_confirm": "1"})


def by_api(scene: Scene, operation: str, **typed):
    return Caller(scene.cast.duty_city).do(operation, **typed)


def listed_by_page(scene: Scene, place: str) -> object:
    fields = {"level": "MEDIUM", "from_at": moment().replace(" ", "T"), "source_document": "公告1号"}
    return by_page(scene, "propose-area", name_of_area="某地", division=place, test_required="on", **fields)


def listed_by_api(scene: Scene, place: str) -> object:
    fields = {"level": "MEDIUM", "from_at": timezone.now().isoformat(), "source_document": "公告1号"}
    return by_api(scene, "propose-area", name_of_area="某地", division=place, **fields)


def listed_by_file(scene: Scene, place: str) -> object:
    return sent(scene, f"A1,列入,某地,{place},中风险,{moment()},公告1号")


def sent(scene: Scene, *rows: str):
    content = sealed("\n".join((HEADING, *rows)))
    return delivered(content, kind="AREAS", by=scene.cast.province, at=timezone.now())


WAYS = (listed_by_page, listed_by_api, listed_by_file)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", [*PLACES, *PLACES.values(), "新昌县羽林街道", "绍兴市新昌县"])
def test_every_way_in_takes_the_same_places_by_code_or_name(scene: Scene, way, place):
    way(scene, place)
    area = RiskArea.objects.get()
    assert place in (area.division.code, area.division.name) or place.endswith(area.division.name)
    assert area.test_required and area.decision == "PENDING"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("place", ["999999", "没有的县", "杭州市羽林街道", "县", "330624001099"])
def test_what_is_no_place_is_listed_by_no_way(scene: Scene, way, place):
    way(scene, place)
    assert not RiskArea.objects.exists()


def test_of_namesakes_the_one_above_is_named(scene: Scene):
    twin = Division.objects.create(code="330602099", name="羽林街道", parent=DivisionFactory(code="330602"))
    refused(places.SeveralPlaces, places.find, "羽林街道")
    assert places.find(f"{twin.parent.name}羽林街道") == twin
    refused(places.UnknownPlace, places.find, "没有的县")


# --- lifted by each way ------------------------------------------------------------------------------------


@pytest.fixture
def standing(scene: Scene) -> RiskArea:
    """Return an area of the county that stands now."""
    at = timezone.now() - timedelta(hours=2)
    return scene.listed(name="某地", division=Division.objects.get(code="330624"), from_at=at, at=at)


def lifted_by_page(scene: Scene, area: RiskArea, due: str = "") -> None:
    form = Browser()
    form.force_login(scene.cast.duty_city, backend=BACKEND)
    lifting = form.get(reverse("admin:do", args=("lift-area",))).context_data["form"]
    assert lifting["test_still_due"].value() is True
    ticked = {} if due == "否" else {"test_still_due": "on"}
    by_page(scene, "lift-area", area=area.pk, reason="公告2号", **ticked)


def lifted_by_api(scene: Scene, area: RiskArea, due: str = "") -> None:
    extra = {"test_still_due": False} if due == "否" else {}
    assert by_api(scene, "lift-area", area=area.pk, reason="公告2号", **extra).status_code == 200


def lifted_by_file(scene: Scene, area: RiskArea, due: str = "") -> None:
    row = f"A2,解除,某地,330624,中风险,{moment()},公告2号,{due}"
    content = sealed(f"{HEADING},须检测\n{row}")
    delivered(content, kind="AREAS", by=scene.cast.province, at=timezone.now())


LIFTINGS = (lifted_by_page, lifted_by_api, lifted_by_file)


@pytest.mark.parametrize("way", LIFTINGS)
@pytest.mark.parametrize(("due", "stays"), [("", True), ("否", False)])
def test_a_lifting_frees_nobody_untested_unless_it_says_so(
    scene: Scene, standing: RiskArea, way: Callable[..., None], due, stays
):
    person = scene.person(at=timezone.now() - timedelta(days=3))
    case = scene.risk(
        person,
        standing,
        at=timezone.now() - timedelta(hours=1),
        began_on=timezone.localdate() - timedelta(days=1),
    )
    way(scene, standing, due)
    change = AreaChange.objects.get()
    assert (change.kind, change.decision, fresh(case).state) == ("LIFT", "PENDING", "OPEN")
    areas.decide_change(change, approve=True, by=scene.cast.duty_deputy, at=timezone.now())
    assert fresh(case).state == ("OPEN" if stays else "ENDED")


@pytest.mark.parametrize(("matter", "kind"), [("撤回列入", "WITHDRAW"), ("解除", "LIFT")])
def test_the_province_proposes_and_one_of_the_city_decides(scene: Scene, standing: RiskArea, matter, kind):
    sent(scene, f"A2,{matter},某地,新昌县,中风险,{moment()},公告2号")
    change = AreaChange.objects.get()
    areas.decide_change(change, approve=True, by=scene.cast.duty_city, at=timezone.now())
    assert (change.kind, RiskArea.objects.listed(timezone.now()).exists()) == (kind, False)


def test_a_row_about_an_area_that_is_not_listed_comes_back(scene: Scene):
    batch = sent(scene, f"A2,解除,别处,新昌县,中风险,{moment()},公告2号")
    assert (batch.rejected, AreaChange.objects.exists()) == (1, False)


def test_the_other_lead_decides_on_the_page_with_its_numbers_before_them(scene: Scene, standing: RiskArea):
    change = scene.change_proposed(standing, "WITHDRAW", at=timezone.now())
    client = Browser()
    client.force_login(scene.cast.duty_deputy, backend=BACKEND)
    page = reverse("admin:do", args=("decide-area-change",))
    assert "某地" in client.get(page, {"area": standing.pk}).content.decode()
    client.post(page, {"area": standing.pk, "decision": "approve", "_confirm": "1"})
    assert fresh(change).decision == "APPROVED"


@pytest.mark.parametrize(
    ("who", "is_offered"), [("duty.deputy", True), ("duty.city", False), ("duty.xinchang", False)]
)
def test_the_page_of_an_area_offers_the_decision_to_whoever_may_take_it(
    scene: Scene, standing: RiskArea, who, is_offered
):
    scene.change_proposed(standing, "LIFT", at=timezone.now())
    client = Browser()
    client.force_login(scene.cast[who], backend=BACKEND)
    page = client.get(reverse("admin:cases_riskarea_change", args=(standing.pk,))).content.decode()
    assert (f"decide-area-change/?area={standing.pk}" in page) is is_offered


def test_a_county_finds_its_own_areas_to_lift(scene: Scene, standing: RiskArea):
    at = timezone.now()
    scene.listed(name="别处", from_at=at, at=at)
    client = Browser()
    client.force_login(scene.cast.duty_xinchang, backend=BACKEND)
    form = client.get(reverse("admin:do", args=("lift-area",))).context_data["form"]
    assert list(form.fields["area"].queryset) == [standing]
