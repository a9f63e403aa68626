"""A printed pass in a real browser: one paper of the size A6, in either language (clause 4.1)."""

import re

import pytest

from cases.models import Pass
from tests.e2e.conftest import Desk
from tests.factories import Cast, register

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]
A6 = (298, 420)  # points


def test_it_is_printed_on_one_paper_of_a_postcards_size(cast: Cast, desk: Desk) -> None:
    person = register(by=cast.service_xinchang, name="欧阳金丝雀")
    desk.sit_down("service.xinchang")
    desk.do("print-pass", person)
    assert Pass.objects.filter(person=person).count() == 1
    for language in ("zh-hans", "en"):
        desk.go(f"/cases/person/{person.pk}/pass/?language={language}")
        sheet = desk.page.locator("article").inner_text()
        assert person.masked_name in sheet and person.name not in sheet
        desk.page.emulate_media(media="print")
        paper = desk.page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type /Page\b", paper)) == 1
        width, height = re.search(rb"MediaBox \[0 0 (\S+) (\S+)\]", paper).groups()  # type: ignore[union-attr]
        assert (round(float(width)), round(float(height))) == A6
        code = desk.page.locator("svg.qr").bounding_box()
        assert code is not None and code["width"] >= 40 / 25.4 * 96
        desk.page.emulate_media(media="screen")
