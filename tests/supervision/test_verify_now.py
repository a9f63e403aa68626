"""Verify now: whoever supervises has the ledger verified at a page, against an anchor kept outside if they have one."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone, translation

from healthcode.core.audit import ledger, sealing, triggers
from healthcode.core.audit.models import Event, Seal
from healthcode.core.offices.refusals import NotAllowed
from healthcode.portal.models import LedgerCheck
from healthcode.portal.seals import checking
from healthcode.portal.seals.next_steps import next_steps
from healthcode.portal.signs import board
from tests.cases.scenes import T, refused

SEALS, VERIFY = reverse("admin:seals"), reverse("admin:verify")


@pytest.fixture
def sealed(scene):
    """Return the checkpoint of a ledger in which something stands."""
    scene.clinical(scene.person())
    return sealing.seal(at=T + timedelta(minutes=1))


@pytest.fixture
def verified(supervisor, django_capture_on_commit_callbacks):
    """Return a function that presses the button, and what the page says afterwards."""

    def verify(note=None):
        body = {"anchor": SimpleUploadedFile("anchor.txt", note.encode())} if note else {}
        with django_capture_on_commit_callbacks(execute=True):
            answer = supervisor.post(VERIFY, body)
        return (answer if answer.status_code == 200 else supervisor.get(SEALS)).content.decode()

    return verify


def changed_silently():
    triggers.drop(connection)
    event = Event.objects.get(action="case.opened")
    Event.objects.filter(pk=event.pk).update(actor="nobody")
    triggers.install(connection)
    return event


def test_a_ledger_that_fits_is_said_to_with_its_size_and_its_beginning(verified, sealed):
    text = verified()
    began = timezone.localtime(ledger.instant(Event.objects.order_by("pk").first().at_us))
    assert "Everything fits." in text and f"{began:%Y-%m-%d %H:%M}</time>, and what is stored" in text
    check = LedgerCheck.objects.get()
    assert (check.found, check.leaves, check.anchors) == (0, sealing.latest().size, 0)


def test_an_anchor_kept_outside_is_compared(verified, sealed):
    assert "1 anchor kept outside fits." in verified(sealing.latest().note)


def test_an_anchor_of_another_ledger_is_a_finding_and_a_sign(verified, sealed, now):
    other = sealing.latest().note.replace("\ntime ", "\ntime 9")
    text = verified(other)
    assert "the ledger does not fit" in text and "is not signed by a key of this house" in text
    assert [row.url for row in board.rows("ledger", at=now)] == [SEALS]


def test_an_event_changed_silently_is_named(verified, sealed):
    event = changed_silently()
    text = verified()
    assert f"Event {event.pk} (leaf " in text and "Everything fits." not in text


def test_a_file_without_a_checkpoint_is_refused_at_its_field(verified, sealed):
    assert "This file holds no checkpoint" in verified("dear colleague")
    assert not LedgerCheck.objects.exists()


def test_it_is_in_the_ledger_who_had_it_verified_and_what_came_of_it(verified, sealed):
    verified()
    asked, done = Event.objects.filter(action__startswith="audit.verif").order_by("pk")
    assert (asked.action, asked.actor) == ("audit.verification_asked", "supervisor.city")
    assert (done.action, done.target) == ("audit.verified", asked.target)


def test_while_one_goes_on_no_other_is_begun_unless_it_died(cast):
    checking.ask("", by=cast.supervisor_city, at=T)
    refused(checking.CheckGoesOn, checking.ask, "", by=cast.supervisor_city, at=T + timedelta(minutes=59))
    checking.ask("", by=cast.supervisor_city, at=T + timedelta(minutes=61))


def test_a_ledger_too_large_for_the_worker_is_left_to_the_command(cast, sealed, monkeypatch):
    monkeypatch.setattr(checking, "LARGEST", 1)
    refused(checking.LedgerTooLarge, checking.ask, "", by=cast.supervisor_city, at=T)


@pytest.mark.parametrize("username", ["duty.city", "bureau.one", "admin.one"])
def test_nobody_else_has_it_verified(cast, at_desk, username):
    refused(NotAllowed, checking.ask, "", by=cast[username], at=T)
    assert at_desk(cast[username]).post(VERIFY).status_code == 403


def test_it_is_nothing_a_link_can_start(supervisor):
    assert supervisor.get(VERIFY).status_code == 405


# --- what to do now ----------------------------------------------------------------------------------------
def to_do(page):
    return page.split('id="next"')[1].split("</section>")[0]


def test_an_empty_house_is_told_to_start_the_timer(supervisor):
    assert "whoever runs the server has to start the timer" in to_do(supervisor.get(SEALS).content.decode())


def test_after_findings_nothing_is_mended_before_it_is_kept(verified, sealed):
    changed_silently()
    words = to_do(verified())
    order = ("Ring up whoever runs the server", "copy the database", "Print this page", "Read which records")
    assert [words.index(one) for one in order] == sorted(words.index(one) for one in order)


def test_a_check_by_its_own_seals_asks_for_one_with_an_anchor(verified, sealed):
    assert "verified by its own seals alone" in to_do(verified())
    assert "verified by its own seals alone" not in to_do(verified(sealing.latest().note))


def test_what_was_not_verified_for_a_week_is_verified(verified, sealed):
    assert "Have it verified" not in to_do(verified(sealing.latest().note))
    LedgerCheck.objects.update(done_at=timezone.now() - timedelta(days=7, minutes=1))
    check = LedgerCheck.objects.get()
    with translation.override("en"):
        words = [one.words for one in next_steps(check, Seal.objects.latest("size"), 0, at=timezone.now())]
    assert any(one.startswith("Have it verified") for one in words)


def test_a_seal_that_is_late_is_the_servers_and_says_how_late(sealed, cast):
    ledger.record("office.opened", about=cast.cdc_xinchang.office, by=cast.cdc_xinchang, at=T)
    late, soon = T + timedelta(hours=3), T + timedelta(minutes=30)
    with translation.override("en"):
        (step,) = [one for one in next_steps(None, Seal.objects.get(), 2, at=late) if one.urgent]
        assert "2 events wait for their seal; the last seal was set 2 hours ago" in step.words
        assert not [one for one in next_steps(None, Seal.objects.get(), 2, at=soon) if one.urgent]


def test_a_checkpoint_leaves_the_house_once_a_week(supervisor, sealed):
    assert "No checkpoint has left the house yet" in to_do(supervisor.get(SEALS).content.decode())
    supervisor.get(reverse("admin:checkpoint"))
    assert "left the house" not in to_do(supervisor.get(SEALS).content.decode())
    with translation.override("en"):
        later = [
            one.words
            for one in next_steps(None, Seal.objects.get(), 0, at=timezone.now() + timedelta(days=9))
        ]
    assert any("The last checkpoint left the house 9 days ago" in one for one in later)


def test_where_all_is_well_nothing_is_to_be_done(verified, supervisor, sealed):
    supervisor.get(reverse("admin:checkpoint"))
    sealing.seal(at=timezone.now())
    assert "Nothing: it is sealed" in to_do(verified(sealing.latest().note))
