"""A laboratory's file says how many people's samples were in one tube."""

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
