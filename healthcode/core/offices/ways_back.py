"""What takes each act of the role table back, or why nothing has to. Rendered to `docs/roles.md`.

Every act that binds somebody, or frees them, has a way back; a test fails for an act that is not here.
"""

from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Nothing(Enum):
    """Why an act needs nothing that takes it back."""

    READS = _("it reads, and is on record")
    WAITS = _("it binds nobody until a second person decides, who can send it back")
    RECORDS = _("it records what happened and changes no code; a later record stands beside it")
    FINAL = _("it cannot be taken back, and says so before: the law asks for it")

    @property
    def words(self) -> Promise:
        """Return the reason in words."""
        return self.value


READS, WAITS, RECORDS, FINAL = Nothing.READS, Nothing.WAITS, Nothing.RECORDS, Nothing.FINAL

WAYS_BACK: dict[str, tuple[str, ...] | Nothing] = {
    # persons
    "person.view": READS,
    "person.look_up": READS,
    "person.register": ("person.correct", "person.propose_merge", "person.propose_erasure"),
    "person.correct": ("person.correct", "person.decide_number"),
    "person.decide_number": ("person.correct",),
    "person.unmask": READS,
    "person.transfer": WAITS,
    "person.accept_transfer": ("person.transfer",),
    "person.propose_merge": WAITS,
    "person.approve_merge": ("person.propose_unmerge",),
    "person.propose_unmerge": WAITS,
    "person.decide_unmerge": ("person.propose_merge",),
    "person.propose_erasure": WAITS,
    "person.decide_erasure": FINAL,
    "person.record_death": ("person.confirm_death",),
    "person.confirm_death": ("person.withdraw_death",),
    "person.withdraw_death": WAITS,
    "person.decide_death_withdrawal": ("person.record_death",),
    # cases
    "case.report": ("case.enter_report",),
    "case.enter_report": ("case.propose_void",),
    "case.open": ("case.propose_void",),
    "case.decide": ("case.propose_void", "case.open"),
    "case.answer_fall": ("case.report",),
    "case.report_exit": WAITS,
    "case.enter_exit": ("case.propose_exit_reversal",),
    "case.propose_exit_reversal": WAITS,
    "case.decide_exit_reversal": ("case.report_exit", "case.propose_void"),
    "case.propose_void": WAITS,
    "case.record_self_check": WAITS,
    "case.decide_self_check": ("case.decide_void",),
    "case.decide_void": ("case.report", "case.open"),
    "case.propose_release": WAITS,
    "case.decide_release": ("case.propose_release_reversal",),
    "case.propose_release_reversal": WAITS,
    "case.decide_release_reversal": ("case.propose_release",),
    "case.record_call": RECORDS,
    # control
    "order.change": ("order.propose_shorter",),
    "order.propose_shorter": WAITS,
    "order.decide_shorter": ("order.change",),
    "order.propose_home": WAITS,
    "order.decide_home": ("order.place",),
    "order.hand_over": ("order.hand_over",),
    "order.end": ("result.correct", "result.give_opinion", "case.propose_void"),
    "order.propose_elsewhere": WAITS,
    "order.decide_elsewhere": ("order.place",),
    "order.record_certificate": WAITS,
    "order.decide_certificate": ("order.withdraw_certificate",),
    "order.withdraw_certificate": ("order.record_certificate",),
    "order.release_elsewhere": ("order.withdraw_certificate",),
    "order.transfer_out": ("order.propose_transfer_back",),
    "order.propose_transfer_back": WAITS,
    "order.decide_transfer_back": ("order.transfer_out",),
    "order.place": ("order.place",),
    "order.log_health": RECORDS,
    "order.transport": RECORDS,
    # results
    "result.enter": ("result.correct",),
    "result.correct": ("result.correct",),
    "result.verify": ("result.correct",),
    "result.apply": ("result.correct",),
    "result.give_opinion": ("result.give_opinion",),
    # declarations
    "declaration.file": ("declaration.correct",),
    "declaration.guide": ("declaration.correct",),
    "declaration.proxy": ("declaration.correct",),
    "declaration.correct": ("declaration.correct",),
    "visit.correct": ("visit.correct", "visit.record"),
    "visit.record": ("visit.correct",),
    # areas
    "area.propose": WAITS,
    "area.decide": ("area.propose",),
    "area.view": READS,
    # deliveries
    "batch.deliver": ("batch.decide_undo",),
    "batch.line_list": ("batch.decide_undo",),
    "batch.grounds": ("batch.decide_undo",),
    "batch.results": ("batch.decide_undo",),
    "batch.areas": ("batch.decide_undo", "area.propose"),
    "batch.codes": ("person.correct", "person.propose_merge"),
    "batch.presences": ("batch.decide_undo",),
    "batch.declarations": ("batch.decide_undo",),
    "batch.bring": WAITS,
    "batch.confirm_brought": ("batch.decide_undo",),
    "batch.decide_undo": ("batch.deliver",),
    "hold.decide": ("case.propose_void", "batch.decide_undo"),
    # the duty roster
    "roster.enter": ("roster.enter",),
    "roster.view": READS,
    "roster.watch": READS,
    # complaints
    "ticket.register": ("ticket.rule",),
    "ticket.view": READS,
    "ticket.handle": ("ticket.rule", "ticket.handle"),
    "ticket.rule": ("ticket.rule",),
    "ticket.assist": RECORDS,
    "ticket.deliver": ("ticket.rule",),
    "text_module.keep": ("text_module.keep",),
    "ticket.figures": READS,
    "figures.view": READS,
    # the register of documents
    "document.enter": ("document.propose_strike",),
    "document.propose_strike": WAITS,
    "document.decide_strike": ("document.enter",),
    "document.view": READS,
    # the gate
    "gate.check": RECORDS,
    "gate.view": READS,
    "gate.answer": RECORDS,
    "pass.print": ("pass.revoke",),
    "pass.hand_off": ("pass.revoke",),
    "pass.revoke": ("pass.print", "pass.hand_off"),
    "venue.view": READS,
    "venue.manage": ("venue.manage",),
    # the rule book
    "rulebook.view": READS,
    "rulebook.propose": WAITS,
    "rulebook.decide": ("rulebook.propose",),
    "rulebook.preview": READS,
    "rulebook.replay": READS,
    # offices and accounts
    "office.view": READS,
    "account.manage": ("account.manage",),
    "setup.prepare": WAITS,
    "setup.decide": ("account.manage", "venue.manage"),
    # audit
    "audit.read": READS,
    "audit.export": READS,
    "inquiry.ask": ("inquiry.ask",),
    "inquiry.answer": RECORDS,
    "inquiry.view": READS,
    "audit.mark_seen": RECORDS,
}
