"""The page of a chain of contacts: the picture and its table, to read and to print."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.models import Person, RuleBook
from cases.selectors.contact_chain import LEVELS, PEOPLE, ContactChain, chain_below
from cases.services.persons import reads
from healthcode.core.offices.models import User
from healthcode.core.offices.scoped_admin import reader
from healthcode.portal.contacts.drawing import draw
from healthcode.portal.supervision import page


def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who rests on the cases of somebody whose page the reader may open."""
    by, at = reader(request), timezone.now()
    person = Person.objects.select_related("present").filter(pk=pk).first()
    if person is None or not reads.may_view(by, person, at=at):
        raise Http404
    policy = RuleBook.objects.in_force(at).policy
    chain = chain_below(person, by=by, at=at, policy=policy)
    _record(person, chain, by=by)
    members = chain.members
    context = {
        "title": _("Chain of contacts"),
        "person": person,
        "at": at,
        "chain": chain,
        "tree": draw(chain.index),
        "rows": members,
        "unreached": sum(member.unreached for member in members),
        "left_out": sum(member.left_out for member in members),
        "levels": LEVELS,
        "people": PEOPLE,
    }
    return page(request, "contacts/chain.html", context)


def _record(person: Person, chain: ContactChain, *, by: User) -> None:
    """Write whose chain was read, and who was named in it: each of them can be asked who looked."""
    at = timezone.now()
    reads.record(person, by=by, at=at, page="contacts")
    named = {one.person for one in chain.members if one.person != person}
    named |= {case.person for case in chain.above}
    if named:
        of = [f"person:{person.public_id}"]
        there = sorted(named, key=lambda one: one.pk)
        reads.record_list("contacts", filters=of, persons=there, by=by, at=at)


ROUTES = (("persons/<int:pk>/contacts/", show, "person_contacts"),)
