"""The same claims come out alike for one and for many, whatever happened to the person before.

Thirty histories in the suite; EXAMPLES=300 (`make soak`) tries more.
"""

import os
from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.models import Case, Person, RiskArea
from cases.policy.days import midnight
from cases.services import control
from cases.services.engine.plans import Plan
from cases.services.engine.refusals import Refusal
from tests.cases.scenes import Scene, T, day, fresh, later, sample

from .test_admission import listed, stayed

HISTORY = st.lists(
    st.tuples(
        st.sampled_from(
            ["negative", "positive", "pending", "void", "control", "stands", "merge", "death", "lift"]
        ),
        st.integers(1, 90),
    ),
    max_size=4,
    unique_by=lambda act: act[0],
)


def lived(scene: Scene, person: Person, area: RiskArea, ground: str, history: list[tuple[str, int]]) -> None:
    """Let things happen to somebody in the days before; what is refused did not happen."""
    for act, hours in sorted(history, key=lambda one: one[1], reverse=True):
        at, by = later(hours=-hours), scene.cast.community_yulin
        person = fresh(person)
        try:
            with transaction.atomic():
                match act:
                    case "negative" | "positive" | "pending":
                        scene.tested(person, at=at, outcome=act.upper())
                    case "void":
                        case = scene.opened(person, ground, risk_area=area, at=at, began_on=day(-4), by=by)
                        scene.voided(case, at=at)
                    case "stands":
                        scene.opened(person, ground, risk_area=area, at=at, began_on=day(-4), by=by)
                    case "control":
                        plan = Plan(officer=scene.cast.officer_yulin)
                        begun = later(days=-20)
                        scene.opened(person, "OVERSEAS", at=begun, began_on=day(-20), plan=plan)
                        control.end(person, sample=sample(at), by=scene.cast.officer_yulin, at=at)
                    case "merge":
                        scene.merged(scene.person(), person, at=at)
                    case "death":
                        scene.died(person, at=at)
                    case "lift":
                        scene.changed(area, "LIFT", test_still_due=True, at=at)
        except Refusal:
            pass


def outcome_of(person: Person, before: set[int]) -> str:
    new = Case.objects.of(fresh(person)).exclude(pk__in=before)
    return new.get().state if new.exists() else "NONE"


@settings(max_examples=int(os.environ.get("EXAMPLES", "30")), suppress_health_check=list(HealthCheck))
@given(severe=st.booleans(), left=st.integers(0, 9), history=HISTORY)
def test_the_same_claims_come_out_alike_for_one_and_for_many(scene: Scene, severe, left, history):
    with transaction.atomic():
        area, person = listed(scene, severe=severe), scene.person(at=later(days=-30))
        ground = "SEVERE_AREA" if severe else "RISK_AREA"
        lived(scene, person, area, ground, history)
        before = set(Case.objects.values_list("pk", flat=True))
        outcomes = []
        for way in ("one", "many"):
            with transaction.atomic():
                if way == "many":
                    begun = midnight(day(-left))
                    hours = (T - begun).total_seconds() / 3600 if left == 0 else 23
                    stayed(scene, fresh(person), until=begun + timedelta(hours=hours), at=T, hours=hours)
                else:
                    with suppress(Refusal):
                        fields = {"risk_area": fresh(area), "began_on": day(-left), "arrived_on": day(-left)}
                        scene.opened(fresh(person), ground, **fields)
                outcomes.append(outcome_of(person, before))
                transaction.set_rollback(True)
        transaction.set_rollback(True)
    assert outcomes[0] == outcomes[1]
