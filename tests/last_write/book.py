"""The services on rule books, each as an act that breaks at its last write."""

from datetime import timedelta

from cases.policy import shipped
from cases.services.book import rulebooks
from tests.cases import books
from tests.cases.scenes import DUE, Scene, day
from tests.last_write.scenario import NO, NOW, YES, Act, Scenarios, decided, on


def adopting(scene: Scene) -> Act:
    text = shipped.text("shaoxing-2020-91").replace('"shaoxing-2020-91"', '"later"')
    values = {"proposer": scene.cast.policy_city, "by": scene.cast.duty_city, "at": NOW}
    return lambda: rulebooks.adopt_first(text, effective_from=NOW, **values)


def turning_point(scene: Scene):
    """Return an approved book under which a returnee and somebody yellow turn red."""
    person = scene.person()
    scene.overseas(person)
    scene.ended(person, at=DUE)
    text = books.with_red_risk_areas(books.PROVINCE)
    scene.risk(scene.person(), at=DUE, began_on=day(10))
    return books.approved(scene, text, at=DUE)


SCENARIOS: Scenarios = {
    rulebooks.adopt_first: adopting,
    rulebooks.propose: lambda s: lambda: books.proposed(s),
    rulebooks.decide: lambda s: decided(
        rulebooks.decide, books.proposed(s), s, "duty.city", effective_from=NOW, **YES
    ),
    (rulebooks.decide, "no"): lambda s: decided(rulebooks.decide, books.proposed(s), s, "duty.city", **NO),
    rulebooks.adopt_due: lambda s: on(
        turning_point(s), lambda book: rulebooks.adopt_due(by=s.cast.duty_city, at=DUE + timedelta(days=1))
    ),
}
