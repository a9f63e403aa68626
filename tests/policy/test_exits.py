"""What ends a ground: every condition of clause 3.3 and 3.4, one at a time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from cases.policy.days import ZONE, until
from cases.policy.exits import Examination, Facts, FilledForm, Sample, conditions, latest_sample, relied_on

BEGAN = date(2020, 9, 1)
DUE = until(BEGAN, 14)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


def negative(at, pk=0):
    return Sample(at, "NEGATIVE", pk)


def other(outcome, at, pk=0):
    return Sample(at, outcome, pk)


def isolated(**changes):
    """A close contact whose isolation is over, tested the day before."""
    facts = Facts(now=DUE, began_on=BEGAN, until=DUE, has_order=True, samples=(negative(DUE - DAY),))
    return replace(facts, **changes)


def found(book, exit_key, facts):
    return {condition.key: condition for condition in conditions(book, exit_key, facts)}


def met(book, exit_key, facts):
    return all(condition.met for condition in conditions(book, exit_key, facts))


class TestControlEnded:
    """Clause 3.3."""

    def test_the_due_day_and_a_negative_end_control(self, book):
        assert met(book, "CONTROL_ENDED", isolated())

    def test_an_instant_before_the_due_day_is_too_early(self, book):
        period = found(book, "CONTROL_ENDED", isolated(now=DUE - TICK))["PERIOD_OVER"]
        assert (period.met, period.earliest, period.field) == (False, DUE, "until")

    def test_while_only_time_is_missing_nobodys_act_is(self, book):
        assert found(book, "CONTROL_ENDED", isolated(now=DUE - TICK))["PERIOD_OVER"].roles == ()

    def test_the_sentence_names_the_due_day(self, book):
        words = found(book, "CONTROL_ENDED", isolated(now=DUE - TICK))["PERIOD_OVER"].words
        assert (words.zh, words.en) == (
            "管控措施尚未期满，期满时间为2020年9月16日00:00。",
            "The measure runs until 2020-09-16 00:00.",
        )

    def test_an_open_end_is_never_over(self, book):
        period = found(book, "CONTROL_ENDED", isolated(until=None))["PERIOD_OVER"]
        assert not period.met
        assert period.words.en == "The measure has no due day yet, so control cannot be ended."

    def test_a_negative_does_not_count_towards_an_open_end(self, book):
        assert relied_on(book, "CONTROL_ENDED", isolated(until=None)) is None

    def test_without_an_order_the_groups_act_is_missing(self, book):
        period = found(book, "CONTROL_ENDED", isolated(until=None, has_order=False))["PERIOD_OVER"]
        assert period.roles == ("group",)

    def test_without_a_test_the_officers_act_is_missing(self, book):
        test = found(book, "CONTROL_ENDED", isolated(samples=()))["NEGATIVE_BEFORE_RELEASE"]
        assert (test.met, test.roles, test.field) == (False, ("officer",), "result")

    def test_the_earliest_sample_is_the_windows_first_instant(self, book):
        test = found(book, "CONTROL_ENDED", isolated(samples=()))["NEGATIVE_BEFORE_RELEASE"]
        assert test.earliest == DUE - 2 * DAY

    def test_the_windows_first_instant_counts(self, book):
        assert met(book, "CONTROL_ENDED", isolated(samples=(negative(DUE - 2 * DAY),)))

    def test_an_instant_before_the_window_does_not_count(self, book):
        assert not met(book, "CONTROL_ENDED", isolated(samples=(negative(DUE - 2 * DAY - TICK),)))

    def test_a_test_after_the_due_day_counts(self, book):
        late = DUE + 3 * DAY
        assert met(book, "CONTROL_ENDED", isolated(now=late, samples=(negative(late),)))

    def test_a_test_of_day_0_does_not_count(self, book):
        short = until(BEGAN, 1)
        day0 = datetime(2020, 9, 1, 23, tzinfo=ZONE)
        facts = isolated(now=short, until=short, samples=(negative(day0),))
        assert not met(book, "CONTROL_ENDED", facts)

    @pytest.mark.parametrize("outcome", ["POSITIVE", "INCONCLUSIVE", "PENDING"])
    def test_a_later_sample_that_is_not_negative_stops_it(self, book, outcome):
        samples = (negative(DUE - DAY), other(outcome, DUE - TICK))
        assert not met(book, "CONTROL_ENDED", isolated(samples=samples))

    def test_the_sentence_names_the_outcome(self, book):
        samples = (other("INCONCLUSIVE", DUE - DAY),)
        test = found(book, "CONTROL_ENDED", isolated(samples=samples))["NEGATIVE_BEFORE_RELEASE"]
        assert test.words.zh == "最近一次（2020年9月15日00:00采样）核酸检测为可疑（需复检），不能结束管控。"

    @pytest.mark.parametrize("outcome", ["INCONCLUSIVE", "PENDING"])
    def test_an_earlier_sample_does_not_stop_it(self, book, outcome):
        samples = (other(outcome, DUE - DAY - TICK, pk=2), negative(DUE - DAY, pk=1))
        assert met(book, "CONTROL_ENDED", isolated(samples=samples))

    def test_a_lost_sample_counts_as_nothing(self, book):
        samples = (negative(DUE - DAY), other("LOST", DUE - TICK))
        assert met(book, "CONTROL_ENDED", isolated(samples=samples))

    def test_a_sample_of_the_future_counts_as_nothing(self, book):
        assert not met(book, "CONTROL_ENDED", isolated(samples=(negative(DUE + TICK),)))

    def test_it_rests_on_the_latest_negative(self, book):
        last = negative(DUE - TICK, pk=7)
        facts = isolated(samples=(last, negative(DUE - DAY, pk=8)))
        assert relied_on(book, "CONTROL_ENDED", facts) == last

    def test_it_rests_on_nothing_while_the_test_does_not_count(self, book):
        assert relied_on(book, "CONTROL_ENDED", isolated(samples=(negative(DUE - 3 * DAY),))) is None

    def test_instants_of_another_zone_are_the_same_instants(self, book):
        facts = isolated(now=DUE.astimezone(UTC), until=DUE.astimezone(UTC))
        assert met(book, "CONTROL_ENDED", facts)


class TestLatestSample:
    def test_of_none_there_is_none(self):
        assert latest_sample((), DUE) is None

    @pytest.mark.parametrize("pk", [1, 9])
    def test_of_two_at_one_instant_the_one_that_is_not_negative_governs(self, pk):
        positive = other("POSITIVE", DUE, pk=pk)
        assert latest_sample((negative(DUE, pk=5), positive), DUE) == positive

    def test_sampling_decides_and_not_arrival(self):
        last = other("POSITIVE", DUE, pk=1)
        assert latest_sample((last, negative(DUE - DAY, pk=2)), DUE) == last


ONSET = datetime(2020, 9, 1, 8, tzinfo=ZONE)
HOUR = timedelta(hours=1)


def recovered(**changes):
    """Someone who was examined, tested and has declared again, in this order."""
    facts = Facts(
        now=ONSET + 4 * HOUR,
        began_on=BEGAN,
        onset_at=ONSET,
        visits=(Examination(ONSET + HOUR, ruled_out=True),),
        samples=(negative(ONSET + 2 * HOUR),),
        declarations=(FilledForm(ONSET, clean=False), FilledForm(ONSET + 3 * HOUR, clean=True)),
    )
    return replace(facts, **changes)


class TestFeverCleared:
    """Clause 3.4a."""

    def test_examined_tested_and_declared_again_clears_it(self, book):
        assert met(book, "FEVER_CLEARED", recovered())

    def test_without_an_examination_the_clinics_act_is_missing(self, book):
        visit = found(book, "FEVER_CLEARED", recovered(visits=()))["RULED_OUT"]
        assert (visit.met, visit.roles, visit.field) == (False, ("clinic",), "visit")

    def test_an_examination_before_the_onset_does_not_count(self, book):
        assert not met(book, "FEVER_CLEARED", recovered(visits=(Examination(ONSET, ruled_out=True),)))

    def test_an_examination_of_the_future_does_not_count(self, book):
        visits = (Examination(ONSET + 5 * HOUR, ruled_out=True),)
        assert not met(book, "FEVER_CLEARED", recovered(visits=visits))

    def test_a_later_finding_outweighs_an_earlier_one(self, book):
        visits = (Examination(ONSET + HOUR, ruled_out=True), Examination(ONSET + 2 * HOUR, ruled_out=False))
        visit = found(book, "FEVER_CLEARED", recovered(visits=visits))["RULED_OUT"]
        assert visit.words.en == "Examined 2020-09-01 10:00, not ruled out."

    def test_of_two_findings_at_one_instant_the_graver_decides(self, book):
        visits = (Examination(ONSET + HOUR, ruled_out=True), Examination(ONSET + HOUR, ruled_out=False))
        assert not met(book, "FEVER_CLEARED", recovered(visits=visits))

    def test_a_test_before_the_onset_does_not_count(self, book):
        assert not met(book, "FEVER_CLEARED", recovered(samples=(negative(ONSET),)))

    def test_a_positive_stops_it(self, book):
        samples = (negative(ONSET + HOUR), other("POSITIVE", ONSET + 2 * HOUR))
        assert not met(book, "FEVER_CLEARED", recovered(samples=samples))

    def test_a_form_filled_in_before_the_sampling_does_not_count(self, book):
        forms = (FilledForm(ONSET + HOUR + TICK, clean=True),)
        form = found(book, "FEVER_CLEARED", recovered(declarations=forms))["DECLARED_WELL"]
        assert (form.met, form.roles, form.earliest) == (False, ("citizen",), ONSET + 2 * HOUR)

    def test_a_form_filled_in_before_the_examination_does_not_count(self, book):
        visits = (Examination(ONSET + 3 * HOUR + TICK, ruled_out=True),)
        assert not met(book, "FEVER_CLEARED", recovered(visits=visits))

    def test_a_form_filled_in_at_the_very_sampling_does_not_count(self, book):
        forms = (FilledForm(ONSET + 2 * HOUR, clean=True),)
        assert not met(book, "FEVER_CLEARED", recovered(declarations=forms))

    def test_the_last_form_decides(self, book):
        forms = (FilledForm(ONSET + 3 * HOUR, clean=True), FilledForm(ONSET + 4 * HOUR, clean=False))
        form = found(book, "FEVER_CLEARED", recovered(declarations=forms))["DECLARED_WELL"]
        assert form.words.en == "The form of 2020-09-01 12:00 still names symptoms."

    def test_of_two_forms_at_one_instant_the_graver_decides(self, book):
        forms = tuple(FilledForm(ONSET + 3 * HOUR, clean=clean) for clean in (True, False))
        assert not met(book, "FEVER_CLEARED", recovered(declarations=forms))

    def test_a_form_that_the_clinic_filled_in_counts_for_nothing_and_hides_no_later_one(self, book):
        visits = (Examination(ONSET + HOUR, ruled_out=True, pk=1, clinic=5),)
        theirs = FilledForm(ONSET + 3 * HOUR, clean=True, guided_by=5)
        own = FilledForm(ONSET + 4 * HOUR, clean=False)
        alone, outweighed = (
            found(book, "FEVER_CLEARED", recovered(visits=visits, declarations=forms))["DECLARED_WELL"]
            for forms in ((theirs,), (theirs, own))
        )
        assert not alone.met and alone.words != outweighed.words
        assert outweighed.words.en == "The form of 2020-09-01 12:00 still names symptoms."

    def test_a_form_of_the_future_does_not_count(self, book):
        forms = (FilledForm(ONSET + 5 * HOUR, clean=True),)
        assert not met(book, "FEVER_CLEARED", recovered(declarations=forms))

    def test_no_form_counts_before_the_other_acts(self, book):
        form = found(book, "FEVER_CLEARED", recovered(samples=()))["DECLARED_WELL"]
        assert form.words.zh == "就诊排查、核酸检测阴性之后，再重新填写健康码信息。"

    def test_without_a_new_form_the_person_has_to_act(self, book):
        form = found(book, "FEVER_CLEARED", recovered(declarations=()))["DECLARED_WELL"]
        assert (form.roles, form.field) == (("citizen",), "declaration")

    def test_without_a_known_hour_the_fever_counts_from_its_day(self, book):
        assert met(book, "FEVER_CLEARED", recovered(onset_at=None))

    def test_an_onset_far_back_lets_no_old_proof_count(self, book):
        old = recovered(onset_at=ONSET - 400 * DAY, declared_at=ONSET + 3 * DAY, now=ONSET + 4 * DAY)
        found_now = found(book, "FEVER_CLEARED", old)
        assert not found_now["RULED_OUT"].met
        assert not found_now["NEGATIVE_AFTER_ONSET"].met

    def test_who_saw_the_clinic_before_declaring_need_not_go_again(self, book):
        assert met(book, "FEVER_CLEARED", recovered(declared_at=ONSET + 2 * HOUR + TICK))

    def test_a_form_filled_in_before_the_result_was_known_does_not_count(self, book):
        known = replace(negative(ONSET + 2 * HOUR), known_at=ONSET + 3 * HOUR + TICK)
        form = found(book, "FEVER_CLEARED", recovered(samples=(known,)))["DECLARED_WELL"]
        assert (form.met, form.earliest) == (False, ONSET + 3 * HOUR + TICK)

    def test_it_rests_on_the_negative(self, book):
        assert relied_on(book, "FEVER_CLEARED", recovered()) == negative(ONSET + 2 * HOUR)


NOW = datetime(2020, 9, 20, 12, tzinfo=ZONE)


LEFT = date(2020, 9, 18)
ARRIVED = datetime(2020, 9, 10, 8, tzinfo=ZONE)


def returned(**changes):
    """Someone who was in a risk area from 10 to 18 September."""
    return replace(Facts(now=NOW, began_on=LEFT, stayed_from=ARRIVED), **changes)


class TestTestedNegative:
    """Clause 3.4b."""

    def test_without_a_test_the_service_points_act_is_missing(self, book):
        test = found(book, "TESTED_NEGATIVE", returned())["NEGATIVE_FOR_RISK"]
        assert (test.met, test.roles, test.field) == (False, ("service_point",), "result")

    def test_a_negative_since_the_area_was_left_counts(self, book):
        assert met(book, "TESTED_NEGATIVE", returned(samples=(negative(NOW - DAY),)))

    def test_a_negative_of_the_day_the_area_was_left_counts_however_old(self, book):
        left = datetime(2020, 9, 1, tzinfo=ZONE)
        facts = returned(began_on=date(2020, 9, 1), stayed_from=left - DAY, samples=(negative(left),))
        assert met(book, "TESTED_NEGATIVE", facts)

    def test_a_valid_report_from_before_the_area_was_left_counts(self, book):
        assert met(book, "TESTED_NEGATIVE", returned(samples=(negative(NOW - 7 * DAY),)))

    def test_a_report_past_its_validity_does_not_count(self, book):
        assert not met(book, "TESTED_NEGATIVE", returned(samples=(negative(NOW - 7 * DAY - TICK),)))

    @pytest.mark.parametrize("left", [LEFT, date(2020, 9, 1)])
    def test_a_sample_from_before_the_stay_says_nothing_of_it(self, book, left):
        began = datetime.combine(left, datetime.min.time(), tzinfo=ZONE) - timedelta(hours=3)
        facts = returned(began_on=left, stayed_from=began, samples=(negative(began - TICK),))
        test = found(book, "TESTED_NEGATIVE", facts)["NEGATIVE_FOR_RISK"]
        assert (test.met, test.earliest >= began) == (False, True)

    def test_a_valid_sample_of_the_instant_the_stay_began_counts(self, book):
        began = NOW - 3 * DAY
        assert met(book, "TESTED_NEGATIVE", returned(stayed_from=began, samples=(negative(began),)))

    def test_of_a_stay_whose_beginning_nobody_knows_only_the_last_day_is_sure(self, book):
        last_day = datetime(2020, 9, 18, tzinfo=ZONE)
        unknown = returned(stayed_from=None)
        assert met(book, "TESTED_NEGATIVE", replace(unknown, samples=(negative(last_day),)))
        assert not met(book, "TESTED_NEGATIVE", replace(unknown, samples=(negative(last_day - TICK),)))

    @pytest.mark.parametrize("outcome", ["POSITIVE", "INCONCLUSIVE", "PENDING"])
    def test_a_later_sample_that_is_not_negative_stops_it(self, book, outcome):
        samples = (negative(NOW - DAY), other(outcome, NOW))
        assert not met(book, "TESTED_NEGATIVE", returned(samples=samples))


NOTICES = {
    "DISCHARGED": ("hospital",),
    "EXCLUDED": ("cdc",),
    "INDEX_EXCLUDED": ("cdc",),
    "RECLASSIFIED": ("cdc",),
    "AREA_LIFTED": ("duty_lead",),
    "RELEASED": ("group", "duty_lead"),
    "DEATH": ("hospital", "cdc", "group", "community"),
}


@pytest.mark.parametrize(("exit_key", "roles"), NOTICES.items())
class TestNotices:
    def test_without_a_notice_its_act_is_missing(self, book, exit_key, roles):
        condition, *_others = conditions(book, exit_key, isolated())
        assert (condition.met, condition.roles) == (False, roles)

    def test_a_notice_meets_it(self, book, exit_key, roles):
        assert met(book, exit_key, isolated(notices={exit_key: ("REPORT", 1)}))

    def test_another_notice_does_not(self, book, exit_key, roles):
        others = frozenset(NOTICES) - {exit_key}
        assert not met(book, exit_key, isolated(notices=dict.fromkeys(others, ("REPORT", 1))))

    def test_it_rests_on_no_test(self, book, exit_key, roles):
        assert relied_on(book, exit_key, isolated(notices={exit_key: ("REPORT", 1)})) is None


def test_what_is_met_asks_for_nobodys_act(book):
    assert all(condition.roles == () for condition in conditions(book, "FEVER_CLEARED", recovered()))
