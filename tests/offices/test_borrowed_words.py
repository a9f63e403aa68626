"""What Django says on the portal's pages, in the portal's Chinese."""

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from healthcode.portal.site import PUT_OUR_WAY


@pytest.mark.parametrize("number", range(len(PUT_OUR_WAY)))
def test_a_sentence_of_django_addresses_people_as_ours_do(number):
    with translation.override("zh-hans"):
        sentence = gettext(str(PUT_OUR_WAY[number]))
    assert "你" not in sentence and "用户" not in sentence


def test_the_page_on_which_a_password_is_changed_speaks_one_chinese(cast, client):
    client.force_login(cast.service_xinchang)
    with translation.override("zh-hans"):
        page = client.get(reverse("admin:password_change"))
    text = page.content.decode()
    assert "密码至少包含" in text and "你" not in text
