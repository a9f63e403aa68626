"""Whatever is sent is answered: done, or a problem with a stable code, never a 500."""

import os
from datetime import timedelta

import pytest
from django import forms
from django.utils import timezone
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from cases.operations import DESK_OPERATIONS, PERSON_OPERATIONS
from tests.api.conformance import Described
from tests.factories import contact, register, reported, resident_number, sampled

DOERS = (
    *(
        "group.xinchang",
        "cdc.xinchang",
        "officer.yulin",
        "service.xinchang",
        "community.yulin",
        "clinic.xinchang",
    ),
    *("duty.city", "bureau.one", "citizen", "policy.city", "supervisor.city"),
)
EXAMPLES = int(os.environ.get("EXAMPLES", "6"))  # for each operation; a few hundred (make soak) find more
STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**30), max_value=10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        ("", "\x00", "2020-02-30", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59Z", "x" * 600)
    ),
    st.lists(st.integers(), max_size=2),
)


@pytest.fixture
def red(cast):
    """A person with a bit of everything to act on."""
    person = register(by=cast.service_xinchang, address="羽林街道1号")
    before = timezone.now() - timedelta(days=1)
    contact(person, cdc=cast.cdc_xinchang, group=cast.group_xinchang, at=before)
    reported(person, by=cast.cdc_xinchang, at=before + timedelta(hours=1), ground="SUSPECTED")
    sampled(person, by=cast.service_xinchang, at=before + timedelta(hours=2))
    return person


def plausible(field):
    """Return values that the field may well take, so that services are reached too."""
    now = timezone.now()
    days = st.integers(-20, 20).map(lambda days: now + timedelta(days=days))
    match field:
        case forms.ModelChoiceField():
            keys = [getattr(row, field.to_field_name or "pk") for row in field.queryset[:5]]
            return st.sampled_from(keys) if keys else STRANGE
        case forms.ChoiceField():
            return st.sampled_from([key for key, _label in field.choices] or [""])
        case forms.BooleanField():
            return st.booleans()
        case forms.DateTimeField():
            return days.map(lambda day: day.isoformat())
        case forms.DateField():
            return days.map(lambda day: str(day.date()))
        case forms.DecimalField() | forms.IntegerField():
            return st.integers(-1, 50)
    return st.sampled_from(("甲", "13900000000", "R-1", resident_number()))


def test_whatever_is_sent_to_an_operation_is_answered(cast, caller, red):
    described = Described()
    for operation in (*PERSON_OPERATIONS, *DESK_OPERATIONS):
        doer = caller(next(cast[name] for name in DOERS if cast[name].may(operation.act)))
        send_anything(operation, doer, red if operation in PERSON_OPERATIONS else None, described)


def send_anything(operation, doer, person, described):
    form = operation(subject=person, by=doer.user, at=timezone.now())
    likely = {name: plausible(field) for name, field in form.fields.items()}
    some = st.fixed_dictionaries(likely)
    strange = {name: values | STRANGE for name, values in likely.items()}
    any_of_them = st.fixed_dictionaries({}, optional=strange | {"seen": STRANGE})

    @settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
    @seed(91)
    @given(some | any_of_them)
    def send(body):
        answer = doer.do(operation.name, person, **body)
        assert answer.status_code < 500
        assert described.faults("post", answer.wsgi_request.path, answer) == []
        assert answer.json().get("code") != "conflict", "a constraint refused what no service had refused"

    send()
