"""A delivery's page is of one moment, whatever its worker does meanwhile."""

from django.urls import reverse

from cases.admin.batches import BatchAdmin
from cases.models import Batch
from cases.services.deliveries import receiving
from tests.browsers import Browser
from tests.cases.scenes import Scene, T


def test_a_page_that_says_that_a_file_is_checked_does_not_say_beside_it_that_it_came_back(
    scene: Scene, monkeypatch
):
    upload = receiving.store([b"x"], at=T)
    by = scene.cast.cdc_xinchang
    batch, _is_new = receiving.receive(
        upload, kind="LINE_LIST", form="CSV", file_name="a.csv", at_once=False, by=by, at=T
    )
    read = BatchAdmin.get_object

    def read_before_the_worker(*args, **kwargs):
        row = read(*args, **kwargs)
        Batch.objects.update(state="RETURNED", finished_at=T)
        return row

    monkeypatch.setattr(BatchAdmin, "get_object", read_before_the_worker)
    client = Browser()
    by.language = "en"
    by.save()
    client.force_login(by, backend="healthcode.core.offices.backends.RoleBackend")
    page = client.get(reverse("admin:cases_batch_change", args=(batch.pk,))).content.decode()
    assert ("Being checked" in page, ">returned as a whole<" in page) == (True, False)
