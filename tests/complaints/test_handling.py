"""From the bureau's queue to the finding: who may take which step, once, in time."""

from datetime import timedelta

import pytest

from complaints.models.choices import TicketState
from complaints.services import handling, steps
from complaints.services.steps import NotOwner, StaleTicket, WrongState
from healthcode.core.offices.refusals import NotAllowed
from tests.cases.scenes import fresh, later, refused

from .desk import NOON, REASON


def test_whoever_signs_answers_for_the_ticket(desk):
    ticket = desk.taken()
    assert (ticket.state, ticket.owner) == (TicketState.IN_PROGRESS, desk.cast.bureau_one)


def test_nobody_signs_twice(desk):
    ticket = desk.taken()
    refused(NotOwner, handling.take, ticket, by=desk.cast.bureau_two, at=NOON)


@pytest.mark.parametrize("username", ["community.yulin", "lead.city", "supervisor.city", "service.xinchang"])
def test_only_the_office_it_was_routed_to_signs(desk, username):
    refused(NotAllowed, handling.take, desk.routed(), by=desk.cast[username], at=NOON)


def test_a_page_that_was_overtaken_is_refused(desk):
    ticket = desk.routed()
    seen = ticket.version
    desk.taken(fresh(ticket))
    refused(StaleTicket, handling.take, ticket, by=desk.cast.bureau_two, at=NOON, seen=seen)


def test_a_ticket_is_handed_to_a_colleague(desk):
    ticket = desk.taken()
    handling.hand_over(ticket, to=desk.cast.bureau_two, reason="交班", by=desk.cast.bureau_one, at=NOON)
    assert fresh(ticket).owner == desk.cast.bureau_two


def test_a_ticket_is_not_handed_to_another_office(desk):
    ticket, by = desk.taken(), desk.cast.bureau_one
    refused(
        handling.NotAColleague,
        handling.hand_over,
        ticket,
        to=desk.cast.lead_city,
        reason="转交",
        by=by,
        at=NOON,
    )


def test_asking_for_material_stops_the_clock_until_it_is_there(desk):
    ticket, by = desk.taken(), desk.cast.bureau_one
    due = ticket.decide_due
    handling.ask(ticket, missing="身份证照片、行程截图", by=by, at=NOON)
    handling.resume(ticket, material="已收到", by=desk.cast.community_yulin, at=NOON + timedelta(hours=5))
    assert (ticket.state, ticket.decide_due) == (TicketState.IN_PROGRESS, due + timedelta(hours=5))


def test_material_is_asked_for_once(desk):
    ticket, by = desk.taken(), desk.cast.bureau_one
    handling.ask(ticket, missing="身份证照片", by=by, at=NOON)
    handling.resume(ticket, material="已收到", by=by, at=NOON)
    refused(handling.AskedBefore, handling.ask, ticket, missing="还有行程截图", by=by, at=NOON)


def test_a_ticket_is_sent_back_for_a_ruling_and_the_clock_runs_on(desk):
    ticket = desk.routed()
    due = ticket.decide_due
    handling.send_back(ticket, reason="不属于健康码问题，请裁定", by=desk.cast.bureau_one, at=NOON)
    assert (ticket.state, ticket.owner, ticket.decide_due) == (
        TicketState.REGISTERED,
        desk.cast.lead_city,
        due,
    )


def test_the_ruling_routes_it_to_the_bureau_for_good(desk):
    ticket = desk.routed()
    handling.send_back(ticket, reason="不属于健康码问题，请裁定", by=desk.cast.bureau_one, at=NOON)
    handling.rule(ticket, ruling="属于赋码原因争议，由大数据局办理", by=desk.cast.lead_city, at=NOON)
    assert (ticket.state, ticket.office.code) == (TicketState.ROUTED, "bureau")
    refused(
        handling.SentBackBefore, handling.send_back, ticket, reason="还是不属于健康码问题",
        by=desk.cast.bureau_one, at=NOON,
    )  # fmt: skip


def test_after_an_hour_an_urgent_ticket_is_not_sent_back(desk):
    late, by = NOON + timedelta(minutes=61), desk.cast.bureau_one
    refused(
        handling.TooLateToSendBack, handling.send_back, desk.routed(), reason="不属于健康码问题，请裁定",
        by=by, at=late,
    )  # fmt: skip


def test_the_bureau_does_not_rule_on_itself(desk):
    ticket = desk.routed()
    handling.send_back(ticket, reason="不属于健康码问题，请裁定", by=desk.cast.bureau_one, at=NOON)
    refused(NotAllowed, handling.rule, ticket, ruling="由社区办理", by=desk.cast.bureau_two, at=NOON)


def test_the_time_is_extended_once_by_the_lead(desk):
    ticket, lead = desk.taken(), desk.cast.lead_city
    due = ticket.decide_due
    handling.extend(ticket, reason="需外省协查，已告知来电人", by=lead, at=NOON)
    assert ticket.decide_due == due + timedelta(hours=24)
    refused(handling.ExtendedBefore, handling.extend, ticket, reason="需外省协查，再次延长", by=lead, at=NOON)


def test_a_merged_ticket_leaves_the_earlier_due(desk):
    person = desk.red()
    first, second = desk.routed(person), desk.routed(person, at=later(hours=1, minutes=20))
    handling.merge(second, into=first, by=desk.cast.community_yulin, at=later(hours=2))
    assert (second.state, fresh(second).merged_into, fresh(first).decide_due) == (
        TicketState.MERGED, first, first.decide_due,
    )  # fmt: skip


def test_tickets_of_two_people_are_not_merged(desk):
    one, other = desk.routed(), desk.routed()
    refused(handling.MergesWithItself, handling.merge, one, into=other, by=desk.cast.bureau_one, at=NOON)


def test_the_citizen_withdraws(desk):
    ticket = desk.routed()
    handling.withdraw(ticket, statement="我想起来了，确实去过", by=desk.cast.community_yulin, at=NOON)
    assert ticket.state == TicketState.WITHDRAWN


def test_what_was_found_wrong_is_corrected_though_the_citizen_withdraws(desk):
    ticket = desk.void_proposed()
    refused(
        handling.FoundWrong,
        handling.withdraw,
        ticket,
        statement="不用查了，谢谢",
        by=desk.cast.bureau_one,
        at=NOON,
    )


def test_only_the_lead_cancels_what_was_sent_back(desk):
    ticket = desk.routed()
    refused(WrongState, handling.cancel, ticket, reason="测试件，无来电人", by=desk.cast.lead_city, at=NOON)
    handling.send_back(ticket, reason="无内容的测试件，请裁定", by=desk.cast.bureau_one, at=NOON)
    handling.cancel(ticket, reason="测试件，无来电人", by=desk.cast.lead_city, at=NOON)
    assert ticket.state == TicketState.VOID


def test_a_note_is_never_said_to_the_citizen(desk):
    ticket = desk.taken()
    handling.note(ticket, text="此人情绪激动", by=desk.cast.bureau_one, at=NOON)
    assert ticket.events.get(kind="NOTED").is_public is False


def test_every_step_has_its_place_and_its_digest_in_the_ledger(desk):
    from healthcode.core.audit.models import Event

    ticket = desk.visited()
    events = list(ticket.events.order_by("seq"))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    written = "".join(Event.objects.filter(target=f"ticket:{ticket.pk}").values_list("body", flat=True))
    assert all(steps.digest(event) in written for event in events)


def test_history_cannot_be_rewritten(desk):
    from healthcode.core.audit.models import AppendOnlyError

    event = desk.taken().events.first()
    event.body = REASON
    with pytest.raises(AppendOnlyError):
        event.save()


def test_a_ticket_that_has_its_person_is_not_given_another(desk):
    ticket, other = desk.taken(), desk.scene.person()
    refused(handling.AlreadyIdentified, handling.identify, ticket, other, by=desk.cast.bureau_one, at=NOON)


def test_a_merge_keeps_the_earlier_times_and_the_graver_priority(desk):
    person = desk.red()
    calm = desk.routed(person, at=later(hours=3), category="C09", is_disputed=False)
    urgent = desk.routed(person, at=later(hours=4), received_at=later(hours=2))
    due = urgent.sign_due
    handling.merge(urgent, into=calm, by=desk.cast.bureau_one, at=later(hours=4))
    kept = fresh(calm)
    assert (kept.priority, kept.received_at, kept.sign_due) == (1, later(hours=2), due)


def test_a_clock_that_has_ended_is_not_ended_earlier_by_a_merge(desk):
    person = desk.red()
    taken = desk.taken(desk.routed(person, at=later(hours=3)), at=later(hours=3))
    older = desk.routed(person, at=later(hours=4), received_at=later(hours=1))
    due = taken.sign_due
    handling.merge(older, into=taken, by=desk.cast.bureau_one, at=later(hours=4))
    assert fresh(taken).sign_due == due
