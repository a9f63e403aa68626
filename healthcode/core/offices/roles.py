"""THE role table: who may do what, and how far it reaches. Rendered to `docs/roles.md`.

Services ask this table (`cases.services.engine.authority`), so the admin, the API, a delivery and the shell meet the
same answer. Which *ground* a role may enter through which channel is the rule book's, not this table's.
"""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
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
    Role.CDC: (Kind.CDC,),
    Role.GROUP: (Kind.GROUP,),
    Role.HOSPITAL: (Kind.HOSPITAL,),
    Role.COMMUNITY: (Kind.COMMUNITY,),
    Role.OFFICER: (Kind.COMMUNITY, Kind.ISOLATION_SITE, Kind.HOSPITAL),
    Role.SERVICE_POINT: (Kind.SERVICE_POINT,),
    Role.CLINIC: (Kind.FEVER_CLINIC,),
    Role.PROVINCE: (Kind.PROVINCE,),
    Role.FEED: (Kind.FEED,),
    Role.CITIZEN: (Kind.CITIZEN_CHANNEL,),
    Role.GATE: (Kind.VENUE,),
    Role.HOTLINE: (Kind.HOTLINE,),
    Role.BUREAU: (Kind.BUREAU,),
    Role.COMPLAINT_LEAD: (Kind.PREVENTION,),
    Role.DUTY_LEAD: (Kind.PREVENTION,),
    Role.POLICY_EDITOR: (Kind.HEALTH_COMMISSION,),
    Role.SUPERVISOR: (Kind.SUPERVISION,),
    Role.ADMINISTRATOR: (Kind.ADMINISTRATION,),
    Role.SYSTEM: (Kind.ADMINISTRATION,),
}
# Anyone first asked may log a complaint (5.0), but whoever only guards a door, oversees or administers.
FIRST_RESPONDERS = tuple(
    role.value
    for role in Role
    if role not in MACHINES and role not in (Role.GATE, Role.SUPERVISOR, Role.ADMINISTRATOR)
)


class Reach(StrEnum):
    """How far an act reaches."""

    OWN = "own"  # persons whose present residence lies in the office's jurisdiction
    FOUND = (
        "found"  # those, those it was told of or reported, and those found by an exact look-up with a purpose
    )
    READ = "read"  # the same, and persons whose registered residence is here or whom the office once coded
    ASSIGNED = "assigned"  # persons under an order this user answers for
    STATED = "stated"  # what the act itself names: own reports, own level, a second person's decision
    ALL = "all"  # everybody


#  act                      who, and how far
ACTS: dict[str, dict[str, Reach]] = {
    # persons
    "person.view":          {"cdc": Reach.READ, "group": Reach.READ, "hospital": Reach.READ, "community": Reach.READ,
                             "officer": Reach.READ, "service_point": Reach.READ, "clinic": Reach.READ,
                             "bureau": Reach.READ, "complaint_lead": Reach.READ, "supervisor": Reach.ALL},
    "person.look_up":       {"cdc": Reach.ALL, "group": Reach.ALL, "hospital": Reach.ALL, "community": Reach.ALL,
                             "officer": Reach.ALL, "service_point": Reach.ALL, "clinic": Reach.ALL,
                             "bureau": Reach.ALL, "complaint_lead": Reach.ALL, "province": Reach.ALL,
                             "citizen": Reach.ALL},
    "person.register":      {"cdc": Reach.ALL, "group": Reach.ALL, "hospital": Reach.ALL, "community": Reach.ALL,
                             "service_point": Reach.ALL, "clinic": Reach.ALL, "province": Reach.ALL,
                             "citizen": Reach.ALL},
    "person.correct":       {"service_point": Reach.FOUND, "bureau": Reach.FOUND},
    "person.unmask":        {"cdc": Reach.FOUND, "group": Reach.FOUND},
    "person.transfer":      {"community": Reach.OWN, "group": Reach.OWN},
    "person.accept_transfer": {"community": Reach.STATED, "group": Reach.STATED},
    "person.propose_merge": {"service_point": Reach.FOUND, "bureau": Reach.FOUND},
    "person.approve_merge": {"bureau": Reach.ALL},
    "person.propose_erasure": {"bureau": Reach.ALL},
    "person.decide_erasure": {"bureau": Reach.ALL},
    "person.record_death":  {"group": Reach.FOUND, "hospital": Reach.FOUND},
    # cases
    "case.report":          {"cdc": Reach.FOUND},
    "case.enter_report":    {"group": Reach.STATED},
    "case.open":            {"group": Reach.FOUND, "community": Reach.OWN, "province": Reach.ALL},
    "case.decide":          {"duty_lead": Reach.OWN},
    "case.report_exit":     {"cdc": Reach.FOUND, "hospital": Reach.FOUND},
    "case.enter_exit":      {"group": Reach.STATED},
    "case.propose_void":    {"cdc": Reach.STATED, "group": Reach.STATED, "community": Reach.STATED,
                             "bureau": Reach.FOUND},
    "case.decide_void":     {"cdc": Reach.FOUND, "group": Reach.FOUND, "duty_lead": Reach.OWN},
    "case.propose_release": {"group": Reach.FOUND},
    "case.decide_release":  {"duty_lead": Reach.OWN},
    # control
    "order.change":         {"group": Reach.FOUND},
    "order.propose_home":   {"group": Reach.FOUND},
    "order.decide_home":    {"duty_lead": Reach.OWN},
    "order.hand_over":      {"officer": Reach.ASSIGNED, "group": Reach.FOUND, "community": Reach.OWN},
    "order.end":            {"officer": Reach.ASSIGNED},
    "order.release_elsewhere": {"group": Reach.FOUND},
    "order.transfer_out":   {"group": Reach.FOUND},
    "order.log_health":     {"officer": Reach.ASSIGNED, "hospital": Reach.FOUND},
    "order.transport":      {"officer": Reach.ASSIGNED, "group": Reach.FOUND},
    # results
    "result.enter":         {"hospital": Reach.FOUND, "service_point": Reach.FOUND, "clinic": Reach.FOUND,
                             "officer": Reach.ASSIGNED, "province": Reach.ALL},
    "result.correct":       {"hospital": Reach.FOUND, "service_point": Reach.FOUND, "clinic": Reach.FOUND,
                             "officer": Reach.ASSIGNED, "province": Reach.ALL, "cdc": Reach.FOUND},
    "result.verify":        {"service_point": Reach.FOUND},
    "result.apply":         {"service_point": Reach.FOUND},
    # declarations
    "declaration.file":     {"citizen": Reach.ALL},
    "declaration.guide":    {"clinic": Reach.FOUND},
    "declaration.proxy":    {"community": Reach.OWN},
    "visit.record":         {"clinic": Reach.FOUND},
    # areas
    "area.propose":         {"duty_lead": Reach.STATED, "province": Reach.STATED},
    "area.decide":          {"duty_lead": Reach.STATED},
    "area.lift":            {"duty_lead": Reach.STATED},
    "area.view":            {"cdc": Reach.ALL, "group": Reach.ALL, "community": Reach.ALL, "service_point": Reach.ALL,
                             "duty_lead": Reach.ALL, "supervisor": Reach.ALL, "bureau": Reach.ALL},
    # deliveries
    "batch.deliver":        {"cdc": Reach.STATED, "hospital": Reach.STATED, "service_point": Reach.STATED,
                             "clinic": Reach.STATED, "province": Reach.STATED, "feed": Reach.STATED,
                             "citizen": Reach.STATED, "bureau": Reach.STATED},
    "batch.line_list":      {"cdc": Reach.STATED},
    "batch.grounds":        {"province": Reach.STATED},
    "batch.results":        {"hospital": Reach.STATED, "service_point": Reach.STATED, "clinic": Reach.STATED,
                             "province": Reach.STATED},
    "batch.areas":          {"province": Reach.STATED},
    "batch.codes":          {"province": Reach.STATED},
    "batch.presences":      {"feed": Reach.STATED, "bureau": Reach.STATED},
    "batch.declarations":   {"citizen": Reach.STATED},
    "batch.bring":          {"bureau": Reach.STATED},
    "batch.confirm_brought": {"duty_lead": Reach.STATED},
    "batch.decide_undo":    {"duty_lead": Reach.STATED},
    "hold.decide":          {"duty_lead": Reach.STATED},
    # complaints: whoever is asked first answers for it to the end (5.0)
    "ticket.register":      {role: Reach.ALL for role in FIRST_RESPONDERS},
    "ticket.view":          {**dict.fromkeys(FIRST_RESPONDERS, Reach.STATED), "bureau": Reach.ALL,
                             "complaint_lead": Reach.ALL, "supervisor": Reach.ALL},
    "ticket.handle":        {"bureau": Reach.STATED, "complaint_lead": Reach.STATED},
    "ticket.rule":          {"complaint_lead": Reach.ALL},
    "ticket.assist":        {role: Reach.STATED for role in FIRST_RESPONDERS},
    "ticket.deliver":       {"hotline": Reach.ALL, "bureau": Reach.ALL},
    "ticket.figures":       {"supervisor": Reach.ALL, "bureau": Reach.ALL, "complaint_lead": Reach.ALL},
    # the gate
    "gate.check":           {"gate": Reach.ALL},
    "gate.view":            {"gate": Reach.STATED, "supervisor": Reach.ALL},
    "venue.view":           {"gate": Reach.STATED, "supervisor": Reach.ALL, "administrator": Reach.ALL},
    "venue.manage":         {"administrator": Reach.ALL},
    # the rule book
    "rulebook.view":        {role: Reach.ALL for role in Role.values if role not in MACHINES},
    "rulebook.propose":     {"policy_editor": Reach.ALL},
    "rulebook.decide":      {"duty_lead": Reach.STATED},
    "rulebook.preview":     {"policy_editor": Reach.ALL, "duty_lead": Reach.ALL, "supervisor": Reach.ALL},
    "rulebook.replay":      {"duty_lead": Reach.ALL, "supervisor": Reach.ALL},
    # offices and accounts
    "office.view":          {"administrator": Reach.ALL, "supervisor": Reach.ALL},
    "account.manage":       {"administrator": Reach.ALL},
    # audit
    "audit.read":           {"supervisor": Reach.ALL},
    "audit.export":         {"supervisor": Reach.ALL},
    "audit.mark_seen":      {"supervisor": Reach.ALL},
}  # fmt: skip


def reach(role: str, act: str) -> Reach | None:
    """Return how far this role's act reaches, or None where it may not. An unknown act is a KeyError."""
    return ACTS[act].get(role)


def may(role: str, act: str) -> bool:
    """Tell whether the table has this act for this role."""
    return role in ACTS[act]
