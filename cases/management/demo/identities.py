"""Demo persons whose identity is the story: merged, moving, foreign, a baby, another city's code, deceased."""

from datetime import date, timedelta

from cases.management.demo.story import DemoStory
from cases.models import Person
from cases.policy.days import local_day
from cases.services.persons import deaths, merges, people, transfers
from cases.services.persons.identity import Identity
from healthcode.core.offices.models import Division


def make(story: DemoStory) -> int:
    """Make one person or pair for each situation; return how many persons were made."""
    before = Person.objects.count()
    for situation in (_foreigner, _baby, _other_city, _merged, _merge_waiting, _moving, _deceased):
        situation(story)
    return Person.objects.count() - before


def _division(code: str) -> Division:
    return Division.objects.get(code=code)


def _foreigner(story: DemoStory) -> None:
    identity = Identity("PARK MINJUN", "PASSPORT", "M12345678", "KOR", birth_date=date(1986, 3, 9))
    by, at = story.cast["service.xinchang"], story.days_ago(9)
    people.register(identity, present=_division("330624001"), by=by, at=at)


def _baby(story: DemoStory) -> None:
    guardian = story.person(story.days_ago(8), home="330624002")
    identity = Identity(
        f"{guardian.name[0]}小宝", "NONE", birth_date=local_day(story.now) - timedelta(days=50)
    )
    by, at = story.cast["community.nanming"], story.days_ago(8)
    people.register(
        identity, present=_division("330624002"), guardian=guardian, guardian_relation="父母", by=by, at=at
    )


def _other_city(story: DemoStory) -> None:
    number, born = next(story.numbers)
    identity = Identity(next(story.names), document_number=number, birth_date=born)
    by, at = story.cast["service.xinchang"], story.days_ago(7)
    people.register(identity, present=_division("330624001"), code_city=_division("3301"), by=by, at=at)


def _pair(story: DemoStory, passport: str) -> tuple[Person, Person]:
    first = story.person(story.days_ago(6), home="330624001")
    identity = Identity(first.name, "PASSPORT", passport, "CHN", birth_date=first.birth_date)
    by, at = story.cast["service.xinchang"], story.days_ago(5)
    return first, people.register(identity, present=_division("330624001"), by=by, at=at).person


def _merge_waiting(story: DemoStory) -> None:
    first, second = _pair(story, "E12345678")
    by, at = story.cast["service.xinchang"], story.days_ago(1)
    merges.propose(second, first, reason="同一人，护照与身份证各登记一次", by=by, at=at)


def _merged(story: DemoStory) -> None:
    first, second = _pair(story, "E87654321")
    by, at = story.cast["service.xinchang"], story.days_ago(4)
    merge = merges.propose(second, first, reason="同一人，护照与身份证各登记一次", by=by, at=at)
    merges.approve(merge, by=story.cast["bureau.two"], at=story.days_ago(3))


def _moving(story: DemoStory) -> None:
    person = story.person(story.days_ago(6), home="330624001")
    by, at = story.cast["community.yulin"], story.days_ago(1)
    transfers.propose(
        person, to=_division("330624002"), address="南明街道某小区", reason="搬家", by=by, at=at
    )


def _deceased(story: DemoStory) -> None:
    person, _case = story.entered("CONFIRMED", 12)
    by, at = story.cast["group.xinchang"], story.days_ago(2)
    on, certificate = local_day(at) - timedelta(days=1), story.reference("死亡")
    death = deaths.record(person, on=on, certificate=certificate, by=by, at=at)
    deaths.confirm(death, by=story.cast["hospital.city"], at=at + timedelta(hours=2))
