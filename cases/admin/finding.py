"""The one box on every page: a number, or a name with the end of one, opens what it names; a name leads to a list.

Any other number leads to the look-up: whether it is unknown or belongs to somebody elsewhere is never said here, and
that form asks for a purpose.
"""

import re

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from cases.admin import search
from cases.admin.search import Hit, SearchForm
from cases.models import Batch, Case, Person
from cases.models.people import DocumentType
from cases.operations.people import LookUpPerson
from cases.policy import spellings
from cases.services.persons import named, reads
from healthcode.core.acts import attempts
from healthcode.core.acts.interrupted import typed_data
from healthcode.core.acts.visits import MARK
from healthcode.core.offices.models import User
from healthcode.core.offices.refusals import Refusal
from healthcode.core.offices.scoped_admin import reader

NUMBERED = (Case, Batch)  # found by the number of their row
ROW = re.compile(r"(?P<kind>[^\d#]*?)\s*#?\s*(?P<number>[0-9]{1,9})")
DIALLED = re.compile(r"1[3-9][0-9]{9}|\+[0-9]{6,18}|0[0-9]{9,16}")
RESIDENT = re.compile(r"[0-9]{17}[0-9X]")
FOREIGN = re.compile(r"(?P<country>[A-Za-z]{3})[\s-]+(?P<number>[A-Za-z0-9]{5,20})")
DOCUMENT = re.compile(r"[A-Za-z]{0,3}[0-9][A-Za-z0-9]{4,19}")


def may_find(user: User | AnonymousUser) -> bool:
    """Tell whether the box has anything to find for a user."""
    acts = ("person.view", "ticket.view", "audit.read", "batch.decide_undo")
    return isinstance(user, User) and not user.may("gate.check") and any(user.may(act) for act in acts)


def find(request: HttpRequest) -> HttpResponse:
    """Open what was typed or scanned where it is one thing, else say what there is; nothing typed is in an address."""
    by = reader(request)
    form = SearchForm(typed_data(request), label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            return HttpResponseRedirect(leads_to(request, form.cleaned_data["text"], by))
        except Refusal as refusal:
            form.add_error("text", str(refusal))
    mark = request.GET.get(search.PARAMETER, "")
    text = search.typed(request, mark)
    people, hits = _within_reach(request, text), search.others(request, text)
    if people:
        reads.record_list(
            "cases.person", filters=[search.PARAMETER], persons=people, by=by, at=timezone.now()
        )
    context = {
        **admin.site.each_context(request),
        "title": _("Find"),
        "box_form": form if form.is_bound else SearchForm(initial={"text": text}, label_suffix=""),
        "is_asked": bool(text),
        "people": [_person_hit(person) for person in people],
        "hits": hits,
    }
    return TemplateResponse(request, "portal/found.html", context)


def persons(request: HttpRequest, text: str) -> list[Person]:
    """Return the persons in the reader's area that a number names."""
    by = reader(request)
    if not text or not search.is_number(text) or not by.may("person.view"):
        return []
    reached = Person.objects.reachable_by(by, "person.view", timezone.now()).survivors()
    return list(reached.filter(search.condition(text)).order_by("pk")[: search.MOST])


def _within_reach(request: HttpRequest, text: str) -> list[Person]:
    """Return the persons in the reader's reach that a text names, by a number or by name and the end of one."""
    by = reader(request)
    if found := persons(request, text):
        return found
    asked = named_by(text, by)
    return named.within_reach(asked, by=by, at=timezone.now()) if asked else []


def named_by(text: str, by: User) -> named.NameAndEnd | None:
    """Return the name and the end of a number that a text is, for whoever reads persons."""
    asked = named.NameAndEnd.read(text) if by.may("person.view") else None
    return None if asked is None or asked.name.strip("# ").casefold() in _kinds() else asked


def _kinds() -> set[str]:
    return {str(model._meta.verbose_name).casefold() for model in NUMBERED}


def rows(request: HttpRequest, text: str) -> list[Hit]:
    """Return the cases and deliveries with this number that the reader may open."""
    named = ROW.fullmatch(spellings.one_spelling(text).strip())
    if named is None:
        return []
    hits = []
    for model in NUMBERED:
        page, kind = admin.site._registry[model], str(model._meta.verbose_name)
        asked = named["kind"].strip().casefold()
        if asked not in ("", kind.casefold()) or not page.has_view_permission(request):
            continue
        for row in page.get_queryset(request).filter(pk=int(named["number"])):
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=(row.pk,))
            hits.append(Hit(capfirst(kind), str(row), url))
    return hits


search.OTHERS.append(rows)


def leads_to(request: HttpRequest, text: str, by: User) -> str:
    """Return where a text leads its reader: to what it names, to a list of several, to the look-up.

    Raises what `named.find` does.
    """
    mark, at = search.remember(request, text), timezone.now()
    if not search.is_number(text) and by.may("person.view"):
        return f"{reverse('admin:cases_person_changelist')}?{search.PARAMETER}={mark}"
    people, hits = persons(request, text), search.others(request, text)
    if not people and not hits and (name := named_by(text, by)):
        people = named.find(name, by=by, at=at)
    elif by.may("person.view"):
        reads.record_list("cases.person", filters=["box"], persons=people, by=by, at=at)
    found = [*map(_person_hit, people), *hits]
    if found:
        return search.leads_to(found, mark)
    asked = as_asked(text)
    if asked and by.may(LookUpPerson.act):
        return _look_up(asked, by)
    return f"{reverse('admin:find')}?{search.PARAMETER}={mark}"


def as_asked(text: str) -> dict[str, str]:
    """Return the fields of a look-up that a number fills in: its kind where that is certain, nothing of other texts."""
    bare = spellings.one_spelling(text).strip()
    phone = spellings.telephone(bare)
    if DIALLED.fullmatch(phone):
        return {"document_type": DocumentType.RESIDENT_ID.value, "phone": phone}
    kind, number = spellings.document(DocumentType.RESIDENT_ID, bare)
    if RESIDENT.fullmatch(number):
        return {"document_type": kind, "document_number": number}
    if foreign := FOREIGN.fullmatch(bare):
        country, number = foreign["country"].upper(), foreign["number"].upper()
        return {
            "document_type": DocumentType.PASSPORT.value,
            "document_number": number,
            "document_country": country,
        }
    return {"document_number": bare} if DOCUMENT.fullmatch(bare) else {}


def _look_up(asked: dict[str, str], by: User) -> str:
    """Begin a look-up with the number typed here; where its kind is certain, the purpose alone is left to type."""
    page = reverse("admin:do", args=(LookUpPerson.name,))
    focus = "purpose" if "document_type" in asked else "document_type"
    begun = attempts.Typed({name: [value] for name, value in asked.items()}, step=attempts.BEGUN, focus=focus)
    return f"{page}?{MARK}={attempts.keep(begun, page=page, by=by, at=timezone.now())}"


def _person_hit(person: Person) -> Hit:
    url = reverse("admin:cases_person_change", args=(person.pk,))
    return Hit(capfirst(str(Person._meta.verbose_name)), f"{person.name} {person.masked_document}", url)
