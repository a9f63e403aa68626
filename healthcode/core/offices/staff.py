"""What kinds of offices there are, and what those who work in them are."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class OfficeKind(models.TextChoices):
    """What an office is."""

    CDC = "CDC", _("CDC")
    GROUP = "GROUP", _("Key-persons control group")
    HOSPITAL = "HOSPITAL", _("Designated hospital")
    COMMUNITY = "COMMUNITY", _("Community")
    ISOLATION_SITE = "ISOLATION_SITE", _("Centralised isolation site")
    SERVICE_POINT = "SERVICE_POINT", _("Comprehensive service point")
    FEVER_CLINIC = "FEVER_CLINIC", _("Fever clinic")
    PROVINCE = "PROVINCE", _("Provincial platform")
    FEED = "FEED", _("Linked data source")
    CITIZEN_CHANNEL = "CITIZEN_CHANNEL", _("Citizen channel")
    VENUE = "VENUE", pgettext_lazy("office kind", "Venue")
    HOTLINE = "HOTLINE", _("Government hotline 12345")
    BUREAU = "BUREAU", _("City big-data bureau")
    PREVENTION = "PREVENTION", _("Prevention office")
    HEALTH_COMMISSION = "HEALTH_COMMISSION", _("Health commission")
    SUPERVISION = "SUPERVISION", _("Supervision office")
    ADMINISTRATION = "ADMINISTRATION", _("Account administration")


class Role(models.TextChoices):
    """What a user is; a user has exactly one role, in one office."""

    CDC = "cdc", _("CDC clerk")
    GROUP = "group", _("Control-group clerk")
    HOSPITAL = "hospital", _("Hospital clerk")
    COMMUNITY = "community", _("Community worker")
    OFFICER = "officer", _("Responsible control officer")
    SERVICE_POINT = "service_point", _("Service-point clerk")
    CLINIC = "clinic", _("Fever-clinic clerk")
    PROVINCE = "province", _("Provincial platform (machine)")
    FEED = "feed", _("Linked data source (machine)")
    CITIZEN = "citizen", _("Citizen channel (machine)")
    GATE = "gate", _("Gate keeper")
    HOTLINE = "hotline", _("Hotline 12345 (machine)")
    BUREAU = "bureau", _("Big-data bureau officer")
    COMPLAINT_LEAD = "complaint_lead", _("Complaint lead")
    DUTY_LEAD = "duty_lead", _("Duty lead")
    POLICY_EDITOR = "policy_editor", _("Policy editor")
    SUPERVISOR = "supervisor", _("Supervisor")
    ADMINISTRATOR = "administrator", _("Administrator")
    SYSTEM = "system", _("System")


ROLE_KEYS = frozenset(Role.values)
MACHINES = frozenset({Role.PROVINCE, Role.FEED, Role.CITIZEN, Role.HOTLINE, Role.SYSTEM})
TOKEN_HOLDERS = MACHINES - {Role.SYSTEM} | {Role.GATE}

OFFICE_KINDS: dict[str, tuple[str, ...]] = {
    Role.CDC: (OfficeKind.CDC,),
    Role.GROUP: (OfficeKind.GROUP,),
    Role.HOSPITAL: (OfficeKind.HOSPITAL,),
    Role.COMMUNITY: (OfficeKind.COMMUNITY,),
    Role.OFFICER: (OfficeKind.COMMUNITY, OfficeKind.ISOLATION_SITE, OfficeKind.HOSPITAL),
    Role.SERVICE_POINT: (OfficeKind.SERVICE_POINT,),
    Role.CLINIC: (OfficeKind.FEVER_CLINIC,),
    Role.PROVINCE: (OfficeKind.PROVINCE,),
    Role.FEED: (OfficeKind.FEED,),
    Role.CITIZEN: (OfficeKind.CITIZEN_CHANNEL,),
    Role.GATE: (OfficeKind.VENUE,),
    Role.HOTLINE: (OfficeKind.HOTLINE,),
    Role.BUREAU: (OfficeKind.BUREAU,),
    Role.COMPLAINT_LEAD: (OfficeKind.PREVENTION,),
    Role.DUTY_LEAD: (OfficeKind.PREVENTION,),
    Role.POLICY_EDITOR: (OfficeKind.HEALTH_COMMISSION,),
    Role.SUPERVISOR: (OfficeKind.SUPERVISION,),
    Role.ADMINISTRATOR: (OfficeKind.ADMINISTRATION,),
    Role.SYSTEM: (OfficeKind.ADMINISTRATION,),
}
# Whatever acts from such an office acts for thousands: two administrators open it.
KINDS_OF_MACHINES = frozenset(kind for role in MACHINES - {Role.SYSTEM} for kind in OFFICE_KINDS[role])
# Anyone first asked may log a complaint (5.0), but whoever only guards a door, oversees or administers.
FIRST_RESPONDERS = tuple(
    role.value
    for role in Role
    if role not in MACHINES and role not in (Role.GATE, Role.SUPERVISOR, Role.ADMINISTRATOR)
)
ON_DUTY = FIRST_RESPONDERS  # who can be called at night: whoever answers at a desk
