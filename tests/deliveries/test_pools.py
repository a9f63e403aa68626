"""A laboratory's file says how many people's samples were in one tube."""

from cases.feeds import deliveries
from cases.models import LabResult, RejectedRow
from tests.cases.scenes import Scene, later
from tests.factories import delivered, sealed

HEADING = "证件号码,采样时间,结果,检测机构,报告编号,混检人数"


def sent(scene: Scene, *rows: str):
    content = sealed("\n".join((HEADING, *rows)))
    return delivered(content, kind="RESULTS", by=scene.cast.hospital_city, at=later(hours=2))


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


def test_the_same_report_again_waits_for_nobody(scene: Scene):
    line = f"{scene.person().document},2026-11-02 08:00,阴性,检测中心,H1,"
    sent(scene, line)
    again = sent(scene, line, f"{scene.person().document},2026-11-02 08:00,阴性,检测中心,H2,")
    assert (again.unchanged, again.held, LabResult.objects.count()) == (1, 0, 2)
