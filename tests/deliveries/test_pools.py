"""A laboratory's file says how many people's samples were in one tube."""

from django.urls import reverse

from cases.feeds import deliveries
from cases.models import LabResult, RejectedRow
from cases.services.deliveries import batches
from tests.browsers import Browser
from tests.cases.scenes import Scene, later
from tests.factories import delivered, sealed

HEADING = "证件号码,采样时间,结果,检测机构,报告编号,混检人数"


def sent(scene: Scene, *rows: str, confirmed: bool = True):
    content = sealed("\n".join((HEADING, *rows)))
    by = scene.cast.hospital_city
    return delivered(content, kind="RESULTS", by=by, at=later(hours=2), confirmed=confirmed)


def test_a_tube_of_ten_is_a_row_for_each_person(scene: Scene):
    people = [scene.person() for _number in range(3)]
    sent(scene, *(f"{one.document},2026-11-02 08:00,阳性,检测中心,H1,10" for one in people))
    found = LabResult.objects.values_list("person", "outcome", "pool_size").order_by("person")
    assert list(found) == [(one.pk, "INCONCLUSIVE", 10) for one in people]


def test_a_number_of_people_that_is_none_comes_back(scene: Scene):
    sent(scene, f"{scene.person().document},2026-11-02 08:00,阴性,检测中心,H1,十")
    assert not LabResult.objects.exists()
    assert RejectedRow.objects.get().field in ("混检人数", "pool_size")


def test_a_result_that_its_laboratory_corrects_waits_for_a_person_and_can_be_taken(scene: Scene):
    person = scene.person()
    sent(scene, f"{person.document},2026-11-02 08:00,阴性,检测中心,H1,")
    row = sent(scene, f"{person.document},2026-11-02 08:00,阳性,检测中心,H1,").rejected_rows.get()
    assert (row.state, row.field, LabResult.objects.count()) == ("HELD", "report_number", 1)
    deliveries.accept(row, by=scene.cast.hospital_city, at=later(hours=3))
    current = LabResult.objects.uncorrected().get()
    assert (current.outcome, current.corrects.outcome) == ("POSITIVE", "NEGATIVE")


def test_before_a_correction_is_confirmed_the_page_says_that_it_waits_and_not_that_it_comes_back(
    scene: Scene,
):
    person, hospital = scene.person(), scene.cast.hospital_city
    sent(scene, f"{person.document},2026-11-02 08:00,阴性,检测中心,H1,")
    batch = sent(scene, f"{person.document},2026-11-02 08:00,阳性,检测中心,H1,", confirmed=False)
    assert (batch.preview["held"], batch.preview["rejected"]) == (1, 0)
    assert len(list(deliveries.returned_rows(batch))) == 1  # the heading
    client = Browser()
    client.force_login(hospital, backend="healthcode.core.offices.backends.RoleBackend")
    page = client.get(reverse("admin:cases_batch_change", args=(batch.pk,))).content.decode()
    assert "将待人工核定的行" in page and "预计退回的问题行" not in page and "各行均将退回" not in page
    applied = deliveries.work(
        batches.confirm(batch, by=hospital, at=later(hours=3)), clock=lambda: later(hours=3)
    )
    assert (applied.held, len(list(deliveries.returned_rows(applied)))) == (1, 1)


def test_the_same_report_again_waits_for_nobody(scene: Scene):
    line = f"{scene.person().document},2026-11-02 08:00,阴性,检测中心,H1,"
    sent(scene, line)
    again = sent(scene, line, f"{scene.person().document},2026-11-02 08:00,阴性,检测中心,H2,")
    assert (again.unchanged, again.held, LabResult.objects.count()) == (1, 0, 2)
