"""What is to be done in a new city before it runs, for its administrators: in order, ticked by what is stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import RuleBook, SetupFile, Shift, Venue
from cases.models.proposals import Decision
from cases.models.setup_files import SetupKind
from healthcode.core import languages
from healthcode.core.audit.models import Event
from healthcode.core.offices import accounts
from healthcode.core.offices.models import Office, Token, User
from healthcode.core.offices.staff import MACHINES, OfficeKind, Role

# Without one of these a ground, an ending or a second person of the guide has nobody.
KINDS = (
    *(
        OfficeKind.CDC,
        OfficeKind.GROUP,
        OfficeKind.COMMUNITY,
        OfficeKind.SERVICE_POINT,
        OfficeKind.FEVER_CLINIC,
    ),
    *(OfficeKind.PREVENTION, OfficeKind.HEALTH_COMMISSION, OfficeKind.BUREAU, OfficeKind.SUPERVISION),
)
SITES = (OfficeKind.ISOLATION_SITE, OfficeKind.HOSPITAL, OfficeKind.VENUE)
ROLES = tuple(role for role in Role if role not in MACHINES and role != Role.ADMINISTRATOR)
# A checkpoint has left the house: by mail, or taken out by supervision as a file or a sheet.
ANCHORED = Q(action="audit.anchored") | Q(action="audit.exported", target__startswith="seal:")


@dataclass(frozen=True)
class FirstStep:
    """One thing to do: whether it is done, what is missing, and where it is done; without a page, whose act it is."""

    label: str | Promise
    done: bool
    missing: str | Promise = ""
    url: str = ""
    whose: str | Promise = ""
    waits: str | Promise = ""  # what is prepared for it, and another administrator has to grant


def first_steps(user: User, *, at: datetime) -> tuple[FirstStep, ...]:
    """Return the steps of a new city, for an administrator, until all are done; nothing then, and for nobody else."""
    if not user.may("setup.prepare"):
        return ()
    steps = (*_administrators(), _rule_book(at), *_offices(), _staff(), _venues(), _machines(), *_of_others())
    return () if all(step.done for step in steps) else steps


def _administrators() -> Iterable[FirstStep]:
    own = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True, password_is_temporary=False).count()
    missing = accounts.ADMINISTRATORS_NEEDED - own
    words = _("%(number)s has not logged in and chosen a password yet.") % {"number": missing}
    users = f"{reverse('admin:offices_user_changelist')}?role__exact={Role.ADMINISTRATOR}"
    yield FirstStep(
        _("Two administrators: what one prepares, the other grants"),
        missing <= 0,
        words if missing > 0 else "",
        users,
    )


def _rule_book(at: datetime) -> FirstStep:
    book = RuleBook.objects.adopted_last(until=at)
    url = reverse("admin:cases_rulebook_changelist")
    return FirstStep(_("A rule book in force"), book is not None, url=url)


def _offices() -> Iterable[FirstStep]:
    open_kinds = set(Office.objects.order_by().values_list("kind", flat=True).distinct())
    steps = (
        (
            _("Offices by file: CDC, control groups, communities, service points, the prevention office …"),
            KINDS,
        ),
        (_("Isolation sites, hospitals and offices of gate keepers, in the same kind of file"), SITES),
    )
    for label, kinds in steps:
        left = [str(kind.label) for kind in kinds if kind not in open_kinds]
        kind = SetupKind.OFFICES
        yield FirstStep(label, not left, _missing(left), _prepare(kind), waits=_waits(kind))


def _staff() -> FirstStep:
    roles = set(User.objects.filter(is_active=True).order_by().values_list("role", flat=True).distinct())
    left = [str(role.label) for role in ROLES if role not in roles]
    label = _("Staff by file, once their offices are granted; the letters are printed at once")
    kind = SetupKind.STAFF
    return FirstStep(label, not left, _missing(left), _prepare(kind), waits=_waits(kind))


def _venues() -> FirstStep:
    label, kind = _("Venues by file, once their offices are granted"), SetupKind.VENUES
    return FirstStep(label, Venue.objects.exists(), url=_prepare(kind), waits=_waits(kind))


def _machines() -> FirstStep:
    granted = Token.objects.filter(granted_at__isnull=False, user__role=Role.PROVINCE).exists()
    url = f"{reverse('admin:offices_user_changelist')}?role__exact={Role.PROVINCE}"
    label = _("The provincial platform: its account, and a token that the other administrator grants")
    return FirstStep(label, granted, url=url)


def _of_others() -> Iterable[FirstStep]:
    led = Shift.objects.kept().filter(leads=True).exists()
    yield FirstStep(
        _("A leader on duty"), led, whose=_("The prevention office enters it in the duty roster.")
    )
    anchored = Event.objects.filter(ANCHORED).exists()
    whose = _("Supervision takes a checkpoint out of the house, or ANCHOR_MAIL sends one every day.")
    yield FirstStep(_("The first anchor of the ledger"), anchored, whose=whose)


def _missing(names: list[str]) -> str | Promise:
    return _("Nobody yet: %(names)s") % {"names": languages.listed(names)} if names else ""


def _waits(kind: SetupKind) -> str | Promise:
    files = SetupFile.objects.filter(kind=kind, decision=Decision.PENDING).count()
    return _("Prepared, and not granted yet: another administrator does that.") if files else ""


def _prepare(kind: SetupKind) -> str:
    return f"{reverse('admin:cases_setupfile_do', args=('prepare',))}?kind={kind}"
