"""What the acts of the role table are called: on docs/roles.md, and wherever an act is named."""

from django.utils.translation import gettext_lazy as _

from healthcode.offices.roles import Reach

ACT_WORDS = {
    "person.view": _("read persons, their cases, orders, results and declarations"),
    "person.look_up": _("look a person up by an exact number"),
    "person.register": _("register a person"),
    "person.correct": _("correct a person's details"),
    "person.unmask": _("read the full document number, with a reason"),
    "person.transfer": _("hand a person to another division"),
    "person.accept_transfer": _("accept a person from another division"),
    "person.propose_merge": _("propose to merge two records of one person"),
    "person.approve_merge": _("approve a merge, or undo it"),
    "person.record_death": _("record a death"),
    "case.report": _("report a clinical ground to the control group (3.1a)"),
    "case.enter_report": _("enter what CDC reported to one's own group (3.1a)"),
    "case.open": _("enter a ground that the rule book gives to the role"),
    "case.decide": _("decide a case that waits for a second person"),
    "case.report_exit": _("report a discharge, an exclusion or a reclassification"),
    "case.enter_exit": _("enter a discharge, an exclusion or a reclassification"),
    "case.propose_void": _("propose to void a case coded in error"),
    "case.decide_void": _("decide a void"),
    "case.propose_release": _("propose the release from a discretionary ground"),
    "case.decide_release": _("decide such a release"),
    "order.change": _("extend or change a control order"),
    "order.propose_home": _("propose home instead of centralised isolation"),
    "order.decide_home": _("decide such an exception"),
    "order.hand_over": _("hand a person over to another responsible officer"),
    "order.end": _("end control (3.3)"),
    "order.release_elsewhere": _("record a release from control served elsewhere"),
    "order.transfer_out": _("hand a person to another province"),
    "order.log_health": _("keep the health log"),
    "order.transport": _("record closed transport (2.1f)"),
    "result.enter": _("enter a nucleic acid test result"),
    "result.correct": _("correct a result that the own office entered; CDC: a positive"),
    "result.verify": _("verify a report from elsewhere (3.4b)"),
    "result.apply": _("apply a stored result (3.4b)"),
    "declaration.file": _("file the person's own declaration (3.2a, 3.4a)"),
    "declaration.guide": _("guide a declaration in the fever clinic"),
    "declaration.proxy": _("fill in a declaration for somebody who cannot"),
    "visit.record": _("record a fever-clinic visit (3.4a)"),
    "area.propose": _("propose a risk area"),
    "area.decide": _("decide a risk area"),
    "area.lift": _("lift a risk area"),
    "area.view": _("read the risk areas"),
    "batch.line_list": _("deliver line lists"),
    "batch.grounds": _("send grounds down, and their release (3.1, 3.2)"),
    "batch.results": _("deliver laboratory results"),
    "batch.areas": _("send risk areas"),
    "batch.codes": _("send the codes of other cities (4.2)"),
    "batch.presences": _("deliver movement tracks"),
    "batch.declarations": _("pass on declarations (3.2a, 3.4a)"),
    "batch.decide_undo": _("decide the taking back of a whole delivery"),
    "hold.decide": _("decide a hold of mass coding (3.1c)"),
    "batch.deliver": _("deliver files, and see what became of them"),
    "rulebook.view": _("read the rule books"),
    "rulebook.propose": _("propose a rule book"),
    "office.view": _("read offices and accounts"),
    "account.manage": _("prepare, grant and close accounts; issue tokens"),
    "audit.read": _("read the audit trail"),
}

REACH_WORDS = {
    Reach.OWN: _("persons whose present residence lies in the office's jurisdiction"),
    Reach.FOUND: _(
        "those, persons under the user's orders, persons reported to or by the office, and look-ups"
    ),
    Reach.READ: _("the same, and persons whose registered residence is here or whom the office once coded"),
    Reach.ASSIGNED: _("persons under an order the user answers for"),
    Reach.STATED: _(
        "what the act itself names: the own office's reports, the own level, a second person's decision"
    ),
    Reach.ALL: _("everybody"),
}
