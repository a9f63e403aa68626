"""Where a measure is served: a registered hospital or isolation site, or at home, as the rule book says (2.1a-2.1e)."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from cases.models import Person
from cases.policy import names
from cases.policy.rulebook import Measure
from cases.services.engine.refusals import Refusal
from healthcode.core.offices.models import Office
from healthcode.core.offices.staff import OfficeKind

PLACES = {OfficeKind.HOSPITAL.value: "HOSPITAL", OfficeKind.ISOLATION_SITE.value: "ISOLATION_SITE"}
HOME = "HOME"


class WrongPlace(Refusal):
    code = "control.place.not_of_this_measure"
    message = _("This measure is served in: %(places)s (%(clause)s). Choose such a place, or leave it open.")
    field = "site"


class NotASite(Refusal):
    code = "control.place.not_a_site"
    message = _("Choose a designated hospital or a centralised isolation site.")
    field = "site"


def fits(site: Office, measure: Measure) -> bool:
    """Tell whether the rule book lets a measure be served at a site."""
    return PLACES.get(site.kind) in measure.places


def is_home(measure: Measure, site: Office | None, *, at_home: bool = False, elsewhere: bool = False) -> bool:
    """Tell whether an order is served at home: by exception, or where the book allows home and no site was chosen."""
    return at_home or (HOME in measure.places and site is None and not elsewhere)


def require_place(site: Office | None, address: str, measure: Measure) -> None:
    """Refuse a site that the measure does not allow, and an address where it is not served at home."""
    if site is not None and site.kind not in PLACES:
        raise NotASite()
    if (site is not None and not fits(site, measure)) or (address and HOME not in measure.places):
        raise WrongPlace(
            places=[names.PLACES[place] for place in measure.places],
            clause=measure.clause,
            field="site" if site is not None else "address",
        )


def community_of(person: Person) -> Office | None:
    """Return the community that answers for the person's present residence: nobody is left without an office."""
    return communities_of([person]).get(person.present_id)


def communities_of(persons: Iterable[Person]) -> dict[str, Office]:
    """Return for each division where one of the persons lives the nearest community that answers for it."""
    codes = {person.present_id for person in persons}
    nearest = {code: [code[:length] for length in (12, 9, 6) if len(code) >= length] for code in codes}
    wanted = {prefix for prefixes in nearest.values() for prefix in prefixes}
    offices = Office.objects.filter(kind="COMMUNITY", division__in=wanted).order_by("-pk")
    found = {office.division_id: office for office in offices}  # the first made, where there are several
    answering = {
        code: next((found[prefix] for prefix in prefixes if prefix in found), None)
        for code, prefixes in nearest.items()
    }
    return {code: office for code, office in answering.items() if office is not None}
