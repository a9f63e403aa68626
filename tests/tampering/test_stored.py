"""What was changed silently in what is stored is found from the ledger; the command tells a monitor."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils.translation import gettext

from cases.models import Case, Transition
from healthcode.core.audit.models import Leaf
from healthcode.portal import reconciling
from tests.cases.scenes import T, later

from .owner import edit, event, forget, found

CASE_CHANGES = {
    "ground": "SUSPECTED",
    "channel": "GROUP",
    "evidence_ref": "another letter",
    "began_on": (T + timedelta(days=3)).date(),
    "opened_at": T - timedelta(days=3),
    "entered_at": T - timedelta(days=3),
}


@pytest.mark.parametrize("field", CASE_CHANGES)
def test_a_case_changed_silently(scene, field):
    case = Case.objects.earliest("pk")
    Case.objects.filter(pk=case.pk).update(**{field: CASE_CHANGES[field]})
    assert found() == ["case_differs"]


def test_a_case_closed_silently(scene):
    case = Case.objects.earliest("pk")
    fields = {
        "state": "ENDED",
        "exit": "CONTROL_ENDED",
        "closed_at": later(days=1),
        "closed_by": case.opened_by,
    }
    Case.objects.filter(pk=case.pk).update(**fields)
    finding = next(one for one in reconciling.findings() if one.kind == "case_differs")
    state, closed, *_rest = finding.values["fields"]
    assert state == f"{gettext('state')} (OPEN ≠ ENDED)"
    assert closed.startswith(f"{gettext('closed at')} (– ≠ 2026-11-03")


def test_a_case_given_to_somebody_else(scene):
    one, other = Case.objects.order_by("pk")[:2]
    Case.objects.filter(pk=one.pk).update(person=other.person)
    assert found() == ["case_differs", "order_serves_no_case"]


def test_a_case_deleted_silently(scene):
    forget(Case.objects.latest("pk"))
    assert found() == ["case_deleted", "served_deleted", "conversion_deleted", "order_serves_no_case"]


def test_a_case_opened_silently(scene):
    case = Case.objects.earliest("pk")
    case.pk, case.evidence_ref = None, "X"
    case.save()
    assert found() == ["case_untold", "case_without_order"]


@pytest.mark.parametrize("change", [{"to_colour": "YELLOW"}, {"clause": "1.3"}, {"act": "case.ended"}])
def test_a_conversion_changed_silently(scene, change):
    Transition.objects.filter(pk=Transition.objects.earliest("pk").pk).update(**change)
    assert found() == ["conversion_differs"]


def test_a_conversion_moved_in_time(scene):
    turn = Transition.objects.earliest("pk")
    Transition.objects.filter(pk=turn.pk).update(at=turn.at - timedelta(hours=1))
    assert found() == ["conversion_deleted", "conversion_untold"]


# --- the command --------------------------------------------------------------------------------------------
def test_the_command_tells_a_monitor_that_everything_fits(scene, anchor, tmp_path, capsys):
    file = tmp_path / "anchor.txt"
    file.write_text(anchor.note)
    call_command("verify_audit", "--anchor", str(file))
    assert f"{Leaf.objects.count()}条" in capsys.readouterr().out


def test_the_command_says_what_differs_where_and_since_when(scene, capsys):
    row = event("person.registered")
    edit(row, hashed=False, actor="cdc.city")
    with pytest.raises(SystemExit) as left:
        call_command("verify_audit")
    printed = capsys.readouterr().out
    assert left.value.code == 1 and str(row.pk) in printed and "2026-11-02 09:01:00" in printed


def test_the_command_does_not_pass_without_the_anchor_it_was_given(scene, tmp_path):
    file = tmp_path / "anchor.txt"
    file.write_text("lost")
    with pytest.raises(SystemExit) as left:
        call_command("verify_audit", "--anchor", str(file))
    assert left.value.code == 2
