"""THE role table: who may do what, how far it reaches, and who decides it after them. Rendered to `docs/roles.md`.

Services ask this table (`cases.services.engine.authority`), so the admin, the API, a delivery and the shell get the
same answer. Which *ground* a role may enter through which channel is the rule book's, not this table's.
"""

from django.utils.translation import gettext_lazy as _

from healthcode.core.offices.act_rows import Act as Act
from healthcode.core.offices.act_rows import Decider as Decider
from healthcode.core.offices.act_rows import Reach as Reach
from healthcode.core.offices.act_rows import Second as Second
from healthcode.core.offices.staff import FIRST_RESPONDERS, MACHINES, ON_DUTY, Role

OWN, FOUND, READ, ASSIGNED, STATED, ALL = Reach
ROLE, OFFICE, COLLEAGUE = Decider
# What nobody did in its hours goes to the leader on duty; after so many times its hours, to supervision as well.
SUPERVISION_AFTER = 2
# Whoever works with the portal answers for their office; a gate keeper's office is asked through whoever opened it.
ANSWERING = tuple(role for role in Role.values if role not in {*MACHINES, Role.GATE, Role.SUPERVISOR})

#   act                        what it is; who, and how far; the second pair of hands that it waits for
ACTS: dict[str, Act] = {
    # persons
    "person.view":             Act(_("read persons, their cases, orders, results and declarations"),
                                   {"cdc": READ, "group": READ, "hospital": READ, "community": READ, "officer": READ,
                                    "service_point": READ, "clinic": READ, "bureau": READ, "complaint_lead": READ,
                                    "supervisor": ALL}),
    "person.look_up":          Act(_("look a person up by an exact number"),
                                   {"cdc": ALL, "group": ALL, "hospital": ALL, "community": ALL, "officer": ALL,
                                    "service_point": ALL, "clinic": ALL, "bureau": ALL, "complaint_lead": ALL,
                                    "province": ALL, "citizen": ALL}),
    "person.register":         Act(_("register a person"),
                                   {"cdc": ALL, "group": ALL, "hospital": ALL, "community": ALL,
                                    "service_point": ALL, "clinic": ALL, "province": ALL, "citizen": ALL}),
    "person.correct":          Act(_("correct a person's details"),
                                   {"service_point": FOUND, "bureau": FOUND},
                                   (Second("person.decide_number", OFFICE, 24,
                                           _("another number on a record that has or had a case"),
                                           _("a number that the document itself shows and that differs by two "
                                             "characters at most; not confirmed, it is restored")),)),
    "person.decide_number":    Act(_("decide or confirm another number on a record that has or had a case"),
                                   {"bureau": ALL, "duty_lead": OWN}),
    "person.unmask":           Act(_("read the full document number, with a reason"),
                                   {"cdc": FOUND, "group": FOUND}),
    "person.transfer":         Act(_("hand a person to another division"),
                                   {"community": OWN, "group": OWN},
                                   (Second("person.accept_transfer", OFFICE, 24),)),
    "person.accept_transfer":  Act(_("accept a person from another division"),
                                   {"community": STATED, "group": STATED}),
    "person.propose_merge":    Act(_("propose to merge two records of one person"),
                                   {"service_point": FOUND, "bureau": FOUND},
                                   (Second("person.approve_merge", COLLEAGUE, 24),)),
    "person.approve_merge":    Act(_("approve a merge"), {"bureau": ALL}),
    "person.propose_unmerge":  Act(_("propose to part two records again that were merged"),
                                   {"service_point": FOUND, "bureau": ALL},
                                   (Second("person.decide_unmerge", COLLEAGUE, 4),)),
    "person.decide_unmerge":   Act(_("decide whether merged records are parted"), {"bureau": ALL}),
    "person.propose_erasure":  Act(_("propose to erase a person whose cases are closed"),
                                   {"bureau": ALL},
                                   (Second("person.decide_erasure", COLLEAGUE, 72),)),
    "person.decide_erasure":   Act(_("decide an erasure"), {"bureau": ALL}),
    "person.record_death":     Act(_("record a death: the code is being checked until another kind of office confirms"),
                                   {"cdc": FOUND, "group": FOUND, "hospital": FOUND, "community": OWN},
                                   (Second("person.confirm_death", OFFICE, 24,
                                           at_once=_("no gate answers, nobody is called, no clock runs")),)),
    "person.confirm_death":    Act(_("confirm a death that another kind of office recorded"),
                                   {"cdc": FOUND, "group": FOUND, "hospital": FOUND, "community": OWN}),
    "person.withdraw_death":   Act(_("propose to take a death back"),
                                   {"cdc": FOUND, "group": FOUND, "hospital": FOUND, "community": OWN},
                                   (Second("person.decide_death_withdrawal", OFFICE, 2),)),
    "person.decide_death_withdrawal": Act(_("decide whether a death is taken back"),
                                   {"cdc": FOUND, "group": FOUND, "hospital": FOUND, "community": OWN}),
    # cases
    "case.report":             Act(_("report a clinical ground to the control group (3.1a)"),
                                   {"cdc": FOUND},
                                   (Second("case.enter_report", ROLE, 0.5),)),
    "case.enter_report":       Act(_("enter what CDC reported to one's own group (3.1a)"), {"group": STATED}),
    "case.open":               Act(_("enter a ground that the rule book gives to the role"),
                                   {"group": FOUND, "community": OWN, "province": ALL},
                                   (Second("case.decide", ROLE, 2, _("a discretionary ground (1.1g, 1.2c)"),
                                           _("every other ground")),
                                    Second("hold.decide", ROLE, 2, _("mass coding (3.1c)"),
                                           _("as many people as the rule book lets through on one evidence")))),
    "case.decide":             Act(_("decide a case that waits for a second person"), {"duty_lead": OWN}),
    "case.answer_fall":        Act(_("say what follows from an ending that fell too late for a code to turn"),
                                   {"cdc": FOUND}, within=2),
    "case.report_exit":        Act(_("report a discharge, an exclusion or a reclassification"),
                                   {"cdc": FOUND, "hospital": FOUND},
                                   (Second("case.enter_exit", ROLE, 2),)),
    "case.enter_exit":         Act(_("enter a discharge, an exclusion or a reclassification"),
                                   {"group": STATED}),
    "case.propose_exit_reversal": Act(_("propose to take back a discharge, an exclusion or a reclassification"),
                                   {"cdc": FOUND, "hospital": FOUND, "group": FOUND},
                                   (Second("case.decide_exit_reversal", OFFICE, 4),)),
    "case.decide_exit_reversal": Act(_("decide whether an entered exit is taken back"),
                                   {"cdc": FOUND, "group": FOUND, "duty_lead": OWN}),
    "case.propose_void":       Act(_("propose to void a case coded in error"),
                                   {"cdc": STATED, "group": STATED, "community": STATED, "bureau": FOUND},
                                   (Second("case.decide_void", OFFICE, 2),)),
    "case.record_self_check":  Act(_("record a case that the bureau itself found to be coded in error"),
                                   {"bureau": FOUND},
                                   (Second("case.decide_self_check", ROLE, 2),)),
    "case.decide_self_check":  Act(_("second an own finding of the bureau, so that it may propose the void"),
                                   {"duty_lead": OWN, "complaint_lead": OWN}),
    "case.decide_void":        Act(_("decide a void"), {"cdc": FOUND, "group": FOUND, "duty_lead": OWN}),
    "case.propose_release":    Act(_("propose the release from a discretionary ground"),
                                   {"group": FOUND},
                                   (Second("case.decide_release", ROLE, 2),)),
    "case.decide_release":     Act(_("decide a discretionary release"), {"duty_lead": OWN}),
    "case.propose_release_reversal": Act(_("propose to take a discretionary release back"),
                                   {"group": FOUND},
                                   (Second("case.decide_release_reversal", ROLE, 4),)),
    "case.decide_release_reversal": Act(_("decide whether a discretionary release is taken back"), {"duty_lead": OWN}),
    "case.record_call":        Act(_("telephone somebody whose ground stands again, and record the call"),
                                   {"group": OWN, "community": OWN, "officer": ASSIGNED}, within=1),
    # control
    "order.change":            Act(_("extend or change a control order"), {"group": FOUND}),
    "order.propose_shorter":   Act(_("propose to take an extension back, or to shorten it"),
                                   {"group": FOUND},
                                   (Second("order.decide_shorter", ROLE, 4),)),
    "order.decide_shorter":    Act(_("decide whether an extension is shortened"), {"duty_lead": OWN}),
    "order.propose_home":      Act(_("propose home instead of centralised isolation"),
                                   {"group": FOUND},
                                   (Second("order.decide_home", ROLE, 4),)),
    "order.decide_home":       Act(_("decide home instead of centralised isolation"), {"duty_lead": OWN}),
    "order.hand_over":         Act(_("hand a person over to another responsible officer"),
                                   {"officer": ASSIGNED, "group": FOUND, "community": OWN}),
    "order.end":               Act(_("end control (3.3)"), {"officer": ASSIGNED}, within=12),
    "order.propose_elsewhere": Act(_("propose that control goes on at a place elsewhere that accepted the person"),
                                   {"group": FOUND},
                                   (Second("order.decide_elsewhere", OFFICE, 4),)),
    "order.decide_elsewhere":  Act(_("confirm that control goes on elsewhere, for the city"),
                                   {"group": FOUND, "cdc": FOUND}),
    "order.record_certificate": Act(_("record a certificate of isolation served elsewhere"),
                                   {"group": FOUND},
                                   (Second("order.decide_certificate", ROLE, 2),)),
    "order.decide_certificate": Act(_("confirm a certificate from elsewhere, as CDC of the same level"),
                                   {"cdc": FOUND}),
    "order.withdraw_certificate": Act(_("take back a certificate from elsewhere: what ended on it stands again"),
                                   {"group": FOUND, "cdc": FOUND}),
    "order.release_elsewhere": Act(_("end control on a confirmed certificate of isolation served elsewhere"),
                                   {"group": FOUND}),
    "order.transfer_out":      Act(_("hand a person to another province"), {"group": FOUND}),
    "order.propose_transfer_back": Act(_("propose to take back a hand-over to another province"),
                                   {"group": FOUND, "community": OWN},
                                   (Second("order.decide_transfer_back", OFFICE, 4),)),
    "order.decide_transfer_back": Act(_("decide whether a hand-over to another province is taken back"),
                                   {"group": FOUND, "cdc": FOUND, "duty_lead": OWN}),
    "order.place":             Act(_("choose where an order is served"),
                                   {"group": FOUND, "officer": ASSIGNED, "community": OWN}),
    "order.log_health":        Act(_("keep the health log"), {"officer": ASSIGNED, "hospital": FOUND}),
    "order.transport":         Act(_("record closed transport (2.1f)"),
                                   {"officer": ASSIGNED, "group": FOUND, "community": OWN}),
    # results
    "result.enter":            Act(_("enter a nucleic acid test result"),
                                   {"hospital": FOUND, "service_point": FOUND, "clinic": FOUND, "officer": ASSIGNED,
                                    "province": ALL},
                                   (Second("result.give_opinion", ROLE, 1,
                                           _("any end by a negative, once a positive is entered: CDC reports "
                                             "the person, or says that it is no new case"),
                                           _("the result is stored")),)),
    "result.correct":          Act(_("correct a result that the own office entered; CDC: a positive"),
                                   {"hospital": FOUND, "service_point": FOUND, "clinic": FOUND, "officer": FOUND,
                                    "province": ALL, "cdc": FOUND},
                                   (Second("hold.decide", ROLE, 2, _("so many falls within the hour")),)),
    "result.verify":           Act(_("verify a report from elsewhere (3.4b)"), {"service_point": FOUND}),
    "result.apply":            Act(_("apply a stored result (3.4b)"), {"service_point": FOUND}),
    "result.give_opinion":     Act(_("give CDC's opinion that a positive is no new case, or take it back"),
                                   {"cdc": FOUND}),
    # declarations
    "declaration.file":        Act(_("file the person's own declaration (3.2a, 3.4a)"), {"citizen": ALL}),
    "declaration.guide":       Act(_("guide a declaration in the fever clinic"), {"clinic": FOUND},
                                   not_by=_("the clinic that examined, of a clean form after a fever")),
    "declaration.proxy":       Act(_("fill in a declaration for somebody who cannot"),
                                   {"community": FOUND, "service_point": FOUND, "citizen": ALL},
                                   not_by=_("the account that entered the examination or the test, of a clean form "
                                            "after a fever")),
    "declaration.correct":     Act(_("correct or withdraw a form that the own office filed"),
                                   {"clinic": FOUND, "community": FOUND, "service_point": FOUND, "citizen": ALL}),
    "visit.correct":           Act(_("correct or withdraw a visit that the own clinic recorded"),
                                   {"clinic": FOUND}),
    "visit.record":            Act(_("record a fever-clinic visit (3.4a)"), {"clinic": FOUND}),
    # areas
    "area.propose":            Act(_("propose to list or lift a risk area, or to take either back"),
                                   {"duty_lead": STATED, "province": STATED},
                                   (Second("area.decide", COLLEAGUE, 2),)),
    "area.decide":             Act(_("decide what was proposed about a risk area"),
                                   {"duty_lead": STATED, "policy_editor": STATED}),
    "area.view":               Act(_("read the risk areas"),
                                   {"cdc": ALL, "group": ALL, "community": ALL, "service_point": ALL,
                                    "duty_lead": ALL, "policy_editor": ALL, "supervisor": ALL, "bureau": ALL}),
    # deliveries
    "batch.deliver":           Act(_("deliver files, and see what became of them"),
                                   {"cdc": STATED, "hospital": STATED, "service_point": STATED, "clinic": STATED,
                                    "province": STATED, "feed": STATED, "citizen": STATED, "bureau": STATED},
                                   (Second("batch.decide_undo", ROLE, 2, _("the taking back of a whole delivery"),
                                           _("the delivery itself")),)),
    "batch.line_list":         Act(_("deliver line lists"), {"cdc": STATED}),
    "batch.grounds":           Act(_("send grounds down, and their release (3.1, 3.2)"), {"province": STATED}),
    "batch.results":           Act(_("deliver laboratory results"),
                                   {"hospital": STATED, "service_point": STATED, "clinic": STATED,
                                    "province": STATED}),
    "batch.areas":             Act(_("send risk areas"), {"province": STATED}),
    "batch.codes":             Act(_("send the codes of other cities (4.2)"), {"province": STATED}),
    "batch.presences":         Act(_("deliver movement tracks"), {"feed": STATED, "bureau": STATED}),
    "batch.declarations":      Act(_("pass on declarations (3.2a, 3.4a)"), {"citizen": STATED}),
    "batch.bring":             Act(_("bring in a source's file by hand while its line is down"),
                                   {"bureau": STATED},
                                   (Second("batch.confirm_brought", ROLE, 2),)),
    "batch.confirm_brought":   Act(_("confirm a file that another office brought in for a source"),
                                   {"duty_lead": STATED}),
    "batch.decide_undo":       Act(_("decide the taking back of a whole delivery"), {"duty_lead": STATED}),
    "hold.decide":             Act(_("decide a hold of mass coding (3.1c)"), {"duty_lead": STATED}),
    # the duty roster
    "roster.enter":            Act(_("enter who is on duty for the own office, or take it back; the prevention "
                                     "office: for any office of its area"),
                                   {role: STATED for role in ON_DUTY}),
    "roster.view":             Act(_("read the duty roster"),
                                   {role: ALL for role in (*ON_DUTY, "supervisor")}),
    "roster.watch":            Act(_("be called about what waits beyond its hours"),
                                   {"duty_lead": OWN, "supervisor": ALL}),
    # complaints: whoever is asked first answers for it to the end (5.0)
    "ticket.register":         Act(_("register a complaint or a question as the first responder, "
                                     "and see it through (5.0)"),
                                   {role: ALL for role in FIRST_RESPONDERS}),
    "ticket.view":             Act(_("read tickets: those the office answers for or assists in, or all"),
                                   {**dict.fromkeys(FIRST_RESPONDERS, STATED),
                                    "bureau": ALL, "complaint_lead": ALL, "supervisor": ALL}),
    "ticket.handle":           Act(_("handle the tickets routed to the own office: sign, find, decide, tell"),
                                   {"bureau": STATED, "complaint_lead": STATED}),
    "ticket.rule":             Act(_("rule on tickets that were sent back, take over, extend, cancel"),
                                   {"complaint_lead": ALL}),
    "ticket.assist":           Act(_("answer what the handling office asks"),
                                   {role: STATED for role in FIRST_RESPONDERS}),
    "ticket.deliver":          Act(_("deliver the hotline's letters (5.2)"), {"hotline": ALL, "bureau": ALL}),
    "text_module.keep":        Act(_("keep the texts that are told again and again: enter, change, withdraw"),
                                   {"complaint_lead": ALL, "duty_lead": ALL}),
    "ticket.figures":          Act(_("read and export the desk's figures"),
                                   {"supervisor": ALL, "bureau": ALL, "complaint_lead": ALL}),
    "figures.view":            Act(_("see how the own area stands, as figures, and take them along"),
                                   dict.fromkeys(("cdc", "group", "complaint_lead", "duty_lead", "supervisor"), OWN)),
    # the register of documents
    "document.enter":          Act(_("enter a document that codings may cite (3.1c)"), {"duty_lead": ALL}),
    "document.propose_strike": Act(_("propose to strike a document from the register, or to correct it"),
                                   {"duty_lead": ALL},
                                   (Second("document.decide_strike", COLLEAGUE, 2),)),
    "document.decide_strike":  Act(_("decide whether a document is struck: what rests on it falls"),
                                   {"duty_lead": STATED, "policy_editor": STATED}),
    "document.view":           Act(_("read the register of documents"),
                                   {"cdc": ALL, "group": ALL, "duty_lead": ALL, "bureau": ALL, "supervisor": ALL,
                                    "policy_editor": ALL}),
    # the gate
    "gate.check":              Act(_("check code and temperature at the office's own venues (4.1)"),
                                   {"gate": ALL}),
    "gate.view":               Act(_("read gate checks, without whom they concern"),
                                   {"gate": STATED, "supervisor": ALL}),
    "gate.answer":            Act(_("say what was done about somebody red who stood at a door"),
                                   {"duty_lead": OWN}),
    "pass.print":              Act(_("print the pass of somebody who has no phone (4.1)"),
                                   {"community": OWN, "service_point": FOUND}),
    "pass.hand_off":           Act(_("hand a person's code to one phone by a link (4.1)"), {"citizen": FOUND}),
    "pass.revoke":             Act(_("revoke a pass, on paper and on a phone"),
                                   {"community": OWN, "service_point": FOUND}),
    "venue.view":              Act(_("read the venues"),
                                   {"gate": STATED, "supervisor": ALL, "administrator": ALL}),
    "venue.manage":            Act(_("open, correct and close venues"), {"administrator": ALL}),
    # the rule book
    "rulebook.view":           Act(_("read the rule books"),
                                   {role: ALL for role in Role.values if role not in MACHINES}),
    "rulebook.propose":        Act(_("propose a rule book"),
                                   {"policy_editor": ALL},
                                   (Second("rulebook.decide", ROLE, 24),)),
    "rulebook.decide":         Act(_("decide a rule book and from when it counts"), {"duty_lead": STATED}),
    "rulebook.preview":        Act(_("look at the effect of a rule book before it counts"),
                                   {"policy_editor": ALL, "duty_lead": ALL, "supervisor": ALL}),
    "rulebook.replay":         Act(_("replay a past day, as figures"), {"duty_lead": ALL, "supervisor": ALL}),
    # offices and accounts
    "office.view":             Act(_("read offices and accounts"), {"administrator": ALL, "supervisor": ALL}),
    "account.manage":          Act(_("prepare, grant and close accounts; issue tokens"),
                                   {"administrator": ALL},
                                   (Second("account.manage", COLLEAGUE, 24,
                                           _("granting an account, a password, a token, a head"),
                                           _("closing an account, taking a password away, revoking a token")),)),
    "setup.prepare":           Act(_("prepare offices, staff and venues by file"),
                                   {"administrator": ALL},
                                   (Second("setup.decide", COLLEAGUE, 24),)),
    "setup.decide":            Act(_("grant a file of offices, staff or venues as a set; print its letters"),
                                   {"administrator": ALL}),
    # audit
    "audit.read":              Act(_("read the audit trail"), {"supervisor": ALL}),
    "audit.export":            Act(_("export parts of the audit trail"), {"supervisor": ALL}),
    "audit.mark_seen":         Act(_("mark as seen what looks wrong"), {"supervisor": ALL}),
    "inquiry.ask":             Act(_("ask an office a question with a day for its answer, and close it with a finding"),
                                   {"supervisor": ALL}),
    "inquiry.answer":          Act(_("answer a question of supervision to the own office by its day"),
                                   dict.fromkeys(ANSWERING, STATED), within=24),
    "inquiry.view":            Act(_("read the questions of supervision to the own office, or all"),
                                   {**dict.fromkeys(ANSWERING, STATED), "supervisor": ALL}),
}  # fmt: skip


def reach(role: str, act: str) -> Reach | None:
    """Return how far this role's act reaches, or None where it may not. An unknown act is a KeyError."""
    return ACTS[act].reach.get(role)


def acts_of(role: str) -> tuple[str, ...]:
    """Return every act that the table has for a role."""
    return tuple(act for act, row in ACTS.items() if role in row.reach)


def may(role: str, act: str) -> bool:
    """Tell whether the table has this act for this role."""
    return role in ACTS[act].reach


# After how many hours somebody is called about what waits for an act.
HOURS = {second.act: second.hours for row in ACTS.values() for second in row.seconds} | {
    key: row.within for key, row in ACTS.items() if row.within is not None
}
