"""The menu: grouped by the work, not by Django apps, and only what the reader's role may open."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.operations import at_desk
from healthcode.core.offices.models import User


@dataclass(frozen=True)
class MenuPage:
    """A page that is no list of rows: the name of its URL, the act it needs, the letter that opens it with Alt."""

    url: str
    label: str | Promise
    act: str
    query: str = ""
    key: str = ""
    is_act: bool = False  # it does something, and looks like the acts
    args: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Return where it is."""
        return reverse(self.url, args=self.args) + self.query


@dataclass(frozen=True)
class MenuGroup:
    """One heading of the menu: the lists, pages and acts that belong to that work."""

    key: str
    label: str | Promise
    models: tuple[str, ...]
    acts: tuple[str, ...]  # prefixes of the acts that need no person
    pages: tuple[MenuPage, ...] = ()


GROUPS = (
    MenuGroup(
        "persons",
        _("Persons and codes"),
        ("cases.person", "cases.case", "cases.transition", "cases.exitreport", "cases.void", "cases.selfcheck",
         "cases.release", "cases.merge", "cases.numberchange", "cases.transfer", "cases.death", "cases.deathwithdrawal",
         "cases.reversal", "cases.lookup"),
        ("person.", "case."),
        (MenuPage("admin:morning", _("The picture at eight"), "figures.view"),),
    ),
    MenuGroup("deliveries", _("Deliveries"), ("cases.batch", "cases.undo", "cases.masshold"), ("batch.", "hold.")),
    MenuGroup(
        "control",
        _("Control"),
        ("cases.controlorder", "cases.homestay", "cases.relocation", "cases.certificate", "cases.handover",
         "cases.healthlog", "cases.transport"),
        ("order.",),
        (MenuPage("admin:cases_round", _("The round: health logs"), "order.log_health", key="h", is_act=True),),
    ),
    MenuGroup(
        "results",
        _("Tests and declarations"),
        ("cases.labresult", "cases.opinion", "cases.declaration", "cases.clinicvisit"),
        ("result.", "declaration.", "visit."),
    ),
    MenuGroup(
        "complaints",
        _("Complaint desk"),
        ("complaints.ticket", "complaints.message", "complaints.textmodule"),
        (),
        (
            MenuPage(
                "admin:complaints_intake",
                _("Register a complaint or a question"),
                "ticket.register",
                key="n",
                is_act=True,
            ),
            MenuPage("admin:complaints_letters", _("Deliver letters of the hotline"), "ticket.deliver", is_act=True),
            MenuPage("admin:complaints_figures", _("Figures of the desk"), "ticket.figures"),
        ),
    ),
    MenuGroup(
        "gate",
        pgettext_lazy("menu", "Gate"),
        ("cases.gatecheck", "cases.venue"),
        ("gate.", "venue."),
        (MenuPage("gate:check", _("Code shown and temperature taken"), "gate.check"),),
    ),
    MenuGroup(
        "policy",
        _("Areas and policy"),
        ("cases.riskarea", "cases.document", "cases.rulebook"),
        ("area.", "document.", "rulebook."),
        (MenuPage("admin:cases_rulebook_replay", _("Replay of a past day"), "rulebook.replay"),),
    ),
    MenuGroup(
        "supervision",
        _("Supervision"),
        ("audit.event", "cases.inquiry"),
        ("audit.", "inquiry."),
        (
            MenuPage("admin:audit_event_changelist", _("Who looked at whom"), "audit.read", "?what=looks"),
            MenuPage("admin:signs", _("What looks wrong"), "audit.read"),
            MenuPage("admin:dossier_ask", _("Supervision file"), "audit.read"),
            MenuPage("admin:seals", _("Seals and anchors"), "audit.read"),
        ),
    ),
    MenuGroup(
        "offices",
        _("Offices and accounts"),
        ("cases.shift", "offices.office", "offices.user", "offices.token", "cases.setupfile", "offices.division"),
        ("roster.", "office.", "account."),
        (
            MenuPage(
                "admin:offices_user_do",
                _("Prepare an account"),
                "account.manage",
                key="a",
                is_act=True,
                args=("create",),
            ),
            MenuPage(
                "admin:offices_office_do", _("Open an office"), "account.manage", is_act=True, args=("open",)
            ),
        ),
    ),
)  # fmt: skip


def groups(request: HttpRequest, registry: dict[type[Model], ModelAdmin]) -> list[dict[str, Any]]:
    """Return the menu in the shape of Django's app list; a group with nothing in it is left out."""
    user = request.user
    if not isinstance(user, User):
        return []
    admins = {model._meta.label_lower: model_admin for model, model_admin in registry.items()}
    acts = [
        one
        for group in GROUPS
        for one in (*_pages(request, user, group, acts=True), *_acts(request, user, group))
    ]
    acts.sort(key=lambda item: not item.get("key"))  # what has a key of its own is done most
    menu: list[dict[str, Any]] = []
    if acts:  # what is done all day stands above the records, whatever it is about
        menu.append({"name": str(_("Daily work")), "app_label": "daily", "app_url": "", "models": acts})
    for group in GROUPS:
        items = [
            *_lists(request, [admins[label] for label in group.models if label in admins]),
            *_pages(request, user, group, acts=False),
        ]
        if items:
            menu.append(
                {
                    "name": str(group.label),
                    "app_label": group.key,
                    "app_url": "",
                    "has_module_perms": True,
                    "models": items,
                    "folds": True,
                    "open": any(item["current"] for item in items),
                }
            )
    return menu


def _lists(request: HttpRequest, admins: Iterable[ModelAdmin]) -> list[dict[str, Any]]:
    here = request.get_full_path()
    # A page of its own below a list, or the list as a page of the menu opens it, is not the list.
    on_page = any(here.startswith(page.address) for group in GROUPS for page in group.pages)
    items = []
    for model_admin in admins:
        permissions = model_admin.get_model_perms(request)
        if not any(permissions.values()):
            continue
        meta = model_admin.opts
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        items.append(
            {
                "model": model_admin.model,
                "name": capfirst(meta.verbose_name_plural),
                "object_name": meta.object_name,
                "perms": permissions,
                "admin_url": url,
                "add_url": None,
                "view_only": True,
                "current": request.path.startswith(url) and not on_page,
            }
        )
    return items


def _pages(request: HttpRequest, user: User, group: MenuGroup, *, acts: bool) -> list[dict[str, Any]]:
    here = request.get_full_path()
    items = []
    for page in group.pages:
        if page.is_act is acts and user.may(page.act):
            url = page.address
            current = here.startswith(url)
            items.append(
                {
                    "name": str(page.label),
                    "object_name": "",
                    "admin_url": url,
                    "current": current,
                    "act": page.is_act,
                    "key": page.key,
                }
            )
    return items


def _acts(request: HttpRequest, user: User, group: MenuGroup) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for operation in at_desk(user):
        if operation.act.startswith(group.acts):
            url = reverse("admin:do", args=(operation.name,))
            here = {"admin_url": url, "current": url == request.path}
            items.append({"name": str(operation.label), "object_name": "", "act": True, **here})
    return items
