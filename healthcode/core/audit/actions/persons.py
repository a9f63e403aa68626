"""Every action the ledger can hold: dotted, in the past tense, with its words and the sentence that tells it.

A key is stored for ever. An action that is written no more keeps its row: old ledgers hold it.
"""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Action(NamedTuple):
    """One row. The sentence may name `who`, `person`, `thing` and `words`."""

    words: str | Promise
    sentence: str | Promise
    reads: bool = False  # somebody looked: supervision alone sees it, a colleague's page shows what was done
    dropped: bool = False  # written no more


ACTIONS: dict[str, Action] = {
    # persons
    "person.registered": Action(_("person registered"), _("%(who)s registered %(person)s.")),
    "person.recognised": Action(
        _("another city's code recognised"), _("%(who)s recognised the code that %(person)s already had.")
    ),
    "person.corrected": Action(
        _("person's details corrected"), _("%(who)s corrected the details of %(person)s.")
    ),
    "person.number_proposed": Action(
        _("another document number proposed"), _("%(who)s proposed another document number for %(person)s.")
    ),
    "person.number_changed": Action(
        _("document number changed"), _("By what %(who)s did, %(person)s has another document number.")
    ),
    "person.number_confirmed": Action(
        _("corrected number confirmed"), _("%(who)s confirmed the corrected document number of %(person)s.")
    ),
    "person.number_restored": Action(
        _("document number restored"), _("%(person)s has the document number of before again, by %(who)s.")
    ),
    "person.number_refused": Action(
        _("another document number sent back"),
        _("%(who)s sent back another document number for %(person)s."),
    ),
    "person.viewed": Action(_("person's page read"), _("%(who)s read the page of %(person)s."), reads=True),
    "person.listed": Action(_("list read"), _("%(who)s read the list “%(thing)s”."), reads=True),
    "person.looked_up": Action(
        _("person looked up"), _("%(who)s looked up %(person)s by an exact number."), reads=True
    ),
    "person.unmasked": Action(
        _("full document number read"), _("%(who)s read the full document number of %(person)s."), reads=True
    ),
    "person.merge_proposed": Action(
        _("merge proposed"), _("%(who)s proposed to merge %(person)s with another record.")
    ),
    "person.merged": Action(_("records merged"), _("%(who)s merged %(person)s with another record.")),
    "person.merge_refused": Action(_("merge sent back"), _("%(who)s sent back the merge of %(person)s.")),
    "person.unmerged": Action(_("merge undone"), _("%(who)s undid the merge of %(person)s.")),
    "person.transfer_proposed": Action(
        _("transfer proposed"), _("%(who)s proposed to hand %(person)s to another division.")
    ),
    "person.transferred": Action(
        _("transfer accepted"), _("%(who)s accepted %(person)s from another division.")
    ),
    "person.transfer_refused": Action(
        _("transfer sent back"), _("%(who)s sent back the transfer of %(person)s.")
    ),
    "person.erasure_proposed": Action(_("erasure proposed"), _("%(who)s proposed to erase %(person)s.")),
    "person.erasure_refused": Action(
        _("erasure sent back"), _("%(who)s sent back the erasure of %(person)s.")
    ),
    "person.erased": Action(
        _("person erased"), _("%(who)s erased %(person)s: number, name, telephone and every word.")
    ),
    "person.death_recorded": Action(
        _("death recorded, waits for a second office"),
        _("%(who)s recorded the death of %(person)s; a second office confirms it."),
    ),
    "person.death_refused": Action(
        _("death sent back"), _("%(who)s sent back the recorded death of %(person)s.")
    ),
    "person.died": Action(_("death recorded"), _("%(who)s recorded the death of %(person)s.")),
    "person.death_withdrawal_proposed": Action(
        _("taking back of a death proposed"), _("%(who)s proposed to take back the death of %(person)s.")
    ),
    "person.death_withdrawal_refused": Action(
        _("taking back of a death sent back"),
        _("%(who)s sent back the proposal to take back the death of %(person)s."),
    ),
    "person.death_withdrawn": Action(
        _("death taken back"), _("%(who)s took back the death of %(person)s, who lives.")
    ),
    # cases
    "case.reported": Action(
        _("ground reported"), _("%(who)s reported a ground for %(person)s to the control group.")
    ),
    "case.held": Action(
        _("case waits for a second person"),
        _("%(who)s entered a ground for %(person)s that waits for a second person."),
    ),
    "case.opened": Action(
        _("case opened"), _("%(who)s entered a ground for %(person)s: it counts from now.")
    ),
    "case.ended": Action(_("case ended"), _("%(who)s ended a ground of %(person)s.")),
    "case.fell": Action(
        _("ending fell: its basis is gone"),
        _("A fact that a ground of %(person)s had ended on was taken back by %(who)s: the ending fell."),
    ),
    "case.resumed": Action(
        _("case stands again"), _("A ground of %(person)s stands again by what %(who)s did.")
    ),
    "case.fall_held": Action(
        _("falls in great number: waits for a second person"),
        _("A ground of %(person)s would stand again by what %(who)s did, with so many others that it waits."),
    ),
    "case.fell_late": Action(
        _("ending fell too late for a code to turn"),
        _("A fact that a ground of %(person)s had ended on long ago was taken back by %(who)s: CDC is told."),
    ),
    "case.called": Action(
        _("call recorded"), _("%(who)s telephoned about a ground of %(person)s that stands again.")
    ),
    "case.rests_anew": Action(
        _("ending rests on other facts"),
        _("The end of a ground of %(person)s rests on another fact since what %(who)s did."),
    ),
    "case.index_replaced": Action(
        _("index case replaced"),
        _("%(who)s let the contact of %(person)s rest on another index case."),
    ),
    "case.kept": Action(
        _("contact kept: not clear of infection"),
        _("%(person)s is not freed by what %(who)s did: not clear of infection, CDC decides."),
    ),
    "case.voided": Action(_("case voided"), _("%(who)s voided a ground of %(person)s as entered in error.")),
    "case.refused": Action(_("case sent back"), _("%(who)s sent back a ground for %(person)s.")),
    "case.reimposed": Action(
        _("case sent again after it was voided"),
        _("A ground of %(person)s that had been voided came again from %(who)s."),
    ),
    "case.self_check_recorded": Action(
        _("own finding recorded"), _("%(who)s found that a ground of %(person)s was coded in error.")
    ),
    "case.self_check_seconded": Action(
        _("own finding seconded"), _("%(who)s seconded the bureau's finding about a ground of %(person)s.")
    ),
    "case.self_check_refused": Action(
        _("own finding sent back"), _("%(who)s sent back the bureau's finding about a ground of %(person)s.")
    ),
    "case.void_proposed": Action(_("void proposed"), _("%(who)s proposed to void a ground of %(person)s.")),
    "case.void_refused": Action(
        _("void sent back"), _("%(who)s sent back the proposal to void a ground of %(person)s.")
    ),
    "case.release_proposed": Action(
        _("release proposed"), _("%(who)s proposed to release %(person)s from a ground.")
    ),
    "case.release_refused": Action(_("release sent back"), _("%(who)s sent back the release of %(person)s.")),
    "case.exit_reported": Action(
        _("exit reported"), _("%(who)s reported that a ground of %(person)s has ended.")
    ),
    "case.exit_refused": Action(
        _("exit report sent back"), _("%(who)s sent back the report that a ground of %(person)s has ended.")
    ),
    "case.exit_reversed": Action(
        _("discharge, exclusion or reclassification taken back"),
        _("%(who)s agreed that a ground of %(person)s had not ended: it stands again."),
    ),
    "reversal.proposed": Action(
        _("taking back of an act proposed"),
        _("%(who)s proposed to take back something done about %(person)s."),
    ),
    "reversal.refused": Action(
        _("taking back of an act sent back"),
        _("%(who)s sent back that something done about %(person)s is taken back."),
    ),
    "code.turned": Action(_("code converted"), _("The code of %(person)s turned by what %(who)s did.")),
    # control
    "order.opened": Action(_("control ordered"), _("%(who)s placed %(person)s under control.")),
    "order.attached": Action(
        _("case added to a control order"),
        _("%(who)s added a ground to the control order of %(person)s."),
        dropped=True,
    ),
    "order.changed": Action(
        _("control order changed"), _("%(who)s changed the control order of %(person)s.")
    ),
    "order.placed": Action(
        _("place of a control order chosen"), _("%(who)s said where %(person)s is under control.")
    ),
    "order.shortened": Action(
        _("extension shortened or taken back"), _("%(who)s shortened the extended control of %(person)s.")
    ),
    "order.handed_over": Action(
        _("responsible officer changed"), _("%(who)s gave %(person)s another responsible control officer.")
    ),
    "order.home_proposed": Action(
        _("home stay proposed"), _("%(who)s proposed that %(person)s stays at home.")
    ),
    "order.home_approved": Action(
        _("home stay approved"), _("%(who)s approved that %(person)s stays at home.")
    ),
    "order.home_refused": Action(
        _("home stay sent back"), _("%(who)s sent back that %(person)s stays at home.")
    ),
    "order.ended": Action(_("control ended"), _("%(who)s ended the control of %(person)s.")),
    "order.transferred_out": Action(
        _("person handed to another province"), _("%(who)s handed %(person)s to another province.")
    ),
    "order.transfer_taken_back": Action(
        _("hand-over to another province taken back"),
        _("%(who)s took back the hand-over of %(person)s to another province."),
    ),
    "order.elsewhere_proposed": Action(
        _("control elsewhere proposed"),
        _("%(who)s proposed that the control of %(person)s goes on elsewhere."),
    ),
    "order.elsewhere_refused": Action(
        _("control elsewhere sent back"),
        _("%(who)s sent back that the control of %(person)s goes on elsewhere."),
    ),
    "order.certificate_recorded": Action(
        _("release certificate recorded"),
        _("%(who)s recorded a release certificate of %(person)s; CDC confirms it."),
    ),
    "order.certificate_confirmed": Action(
        _("release certificate confirmed"), _("%(who)s confirmed the release certificate of %(person)s.")
    ),
    "order.certificate_refused": Action(
        _("release certificate sent back"), _("%(who)s sent back the release certificate of %(person)s.")
    ),
    "order.certificate_withdrawn": Action(
        _("release certificate taken back"), _("%(who)s took back the release certificate of %(person)s.")
    ),
    "order.health_logged": Action(_("health log kept"), _("%(who)s kept the health log of %(person)s.")),
    "order.transported": Action(
        _("closed transport recorded"), _("%(who)s recorded a closed transport of %(person)s.")
    ),
    # results, declarations
    "result.entered": Action(_("test result entered"), _("%(who)s entered a test result of %(person)s.")),
    "result.corrected": Action(
        _("test result corrected"), _("%(who)s corrected a test result of %(person)s.")
    ),
    "result.applied": Action(
        _("test result applied"), _("%(who)s applied a stored test result of %(person)s.")
    ),
    "result.opinion_given": Action(
        _("CDC's opinion on a positive given"),
        _("%(who)s gave the opinion that a positive of %(person)s is no new case."),
    ),
    "result.opinion_withdrawn": Action(
        _("CDC's opinion on a positive taken back"),
        _("%(who)s took back the opinion on a positive of %(person)s."),
    ),
    "declaration.filed": Action(
        _("health-code form filled in"), _("%(who)s filed the health-code form of %(person)s.")
    ),
    "declaration.corrected": Action(
        _("health-code form corrected"), _("%(who)s corrected a health-code form of %(person)s.")
    ),
    "declaration.withdrawn": Action(
        _("health-code form withdrawn"), _("%(who)s withdrew a health-code form of %(person)s.")
    ),
    "visit.corrected": Action(
        _("fever-clinic visit corrected"), _("%(who)s corrected a fever-clinic visit of %(person)s.")
    ),
    "visit.withdrawn": Action(
        _("fever-clinic visit withdrawn"), _("%(who)s withdrew a fever-clinic visit of %(person)s.")
    ),
    "visit.recorded": Action(
        _("fever-clinic visit recorded"), _("%(who)s recorded a fever-clinic visit of %(person)s.")
    ),
    # areas, rule books, deliveries
    "area.proposed": Action(_("risk area proposed"), _("%(who)s proposed %(thing)s.")),
    "area.listed": Action(_("risk area listed"), _("%(who)s listed %(thing)s.")),
    "area.refused": Action(_("risk area sent back"), _("%(who)s sent back %(thing)s.")),
    "area.begun": Action(_("risk area begun"), _("%(thing)s began, as %(who)s had decided.")),
    "area.change_proposed": Action(
        _("change of a risk area proposed"), _("%(who)s proposed to change %(thing)s.")
    ),
    "area.change_refused": Action(
        _("change of a risk area sent back"), _("%(who)s sent back a change of %(thing)s.")
    ),
    "roster.entered": Action(
        _("shift of the duty roster entered"), _("%(who)s entered %(thing)s in the duty roster.")
    ),
    "roster.withdrawn": Action(
        _("shift of the duty roster taken back"), _("%(who)s took %(thing)s of the duty roster back.")
    ),
    "area.withdrawn": Action(
        _("listing of a risk area withdrawn"), _("%(who)s withdrew the listing of %(thing)s.")
    ),
    "area.unlifted": Action(
        _("lifting of a risk area taken back"), _("%(who)s took back the lifting of %(thing)s.")
    ),
    "area.lifted": Action(_("risk area lifted"), _("%(who)s lifted %(thing)s.")),
    "document.entered": Action(
        _("document entered in the register"), _("%(who)s entered %(thing)s in the register.")
    ),
    "presence.dropped": Action(_("old movement tracks dropped"), _("%(who)s dropped old movement tracks.")),
    "rulebook.proposed": Action(_("rule book proposed"), _("%(who)s proposed %(thing)s.")),
    "rulebook.approved": Action(_("rule book approved"), _("%(who)s approved %(thing)s.")),
    "rulebook.refused": Action(_("rule book sent back"), _("%(who)s sent back %(thing)s.")),
    "rulebook.adopted": Action(_("rule book adopted"), _("%(who)s adopted %(thing)s.")),
    "batch.received": Action(_("delivery received"), _("%(who)s delivered %(thing)s.")),
    "batch.brought": Action(
        _("delivery brought in for a source"),
        _("%(who)s brought in %(thing)s for a source whose line was down."),
    ),
    "batch.sent_back": Action(
        _("delivery brought in sent back"),
        _("%(who)s sent back %(thing)s, which another office had brought in."),
    ),
    "batch.failed": Action(
        _("delivery returned as a whole"), _("%(thing)s of %(who)s was returned as a whole.")
    ),
    "batch.confirmed": Action(_("delivery confirmed"), _("%(who)s confirmed %(thing)s.")),
    "batch.cancelled": Action(_("delivery withdrawn"), _("%(who)s withdrew %(thing)s.")),
    "batch.delivered": Action(_("delivery applied"), _("%(thing)s of %(who)s was applied.")),
    "batch.rows_read": Action(
        _("returned rows of a delivery read"), _("%(who)s read the returned rows of %(thing)s.")
    ),
    "batch.row_decided": Action(
        _("row with other content decided"), _("%(who)s decided a row with other content of %(thing)s.")
    ),
    "batch.undo_proposed": Action(
        _("taking back of a delivery proposed"), _("%(who)s proposed to take back %(thing)s.")
    ),
    "batch.undo_refused": Action(
        _("taking back of a delivery sent back"), _("%(who)s sent back the taking back of %(thing)s.")
    ),
    "batch.undone": Action(_("delivery taken back"), _("%(who)s approved the taking back of %(thing)s.")),
    "hold.raised": Action(_("mass coding held"), _("What %(who)s entered was held as mass coding.")),
    "hold.falls_raised": Action(
        _("falls held"), _("So many would stand again by facts that %(who)s took back that it waits.")
    ),
    "hold.approved": Action(_("held mass coding approved"), _("%(who)s approved held mass coding.")),
    "hold.refused": Action(_("held mass coding sent back"), _("%(who)s sent back held mass coding.")),
    # complaints
    "ticket.looked_up": Action(
        _("code looked up for a complaint"),
        _("%(who)s looked up the code of %(person)s for a complaint."),
        reads=True,
    ),
    "ticket.stepped": Action(
        _("ticket worked on"), _("%(who)s worked on the complaint of %(person)s: %(thing)s.")
    ),
    "ticket.viewed": Action(
        _("ticket read"), _("%(who)s read the complaint of %(person)s: %(thing)s."), reads=True
    ),
    "ticket.listed": Action(_("list of tickets read"), _("%(who)s read the list “%(thing)s”."), reads=True),
    "ticket.attachment_read": Action(
        _("attachment of a ticket read"),
        _("%(who)s opened an attachment of the complaint of %(person)s: %(thing)s."),
        reads=True,
    ),
    "ticket.exported": Action(
        _("figures of the desk exported"), _("%(who)s exported the figures of the complaint desk.")
    ),
    "ticket.answered": Action(
        _("answer delivered to the hotline"), _("%(who)s delivered an answer to the hotline: %(thing)s.")
    ),
    # the gate
    "venue.opened": Action(_("venue opened"), _("%(who)s opened %(thing)s.")),
    "venue.corrected": Action(_("venue's names corrected"), _("%(who)s corrected the names of %(thing)s.")),
    "venue.closed": Action(_("venue closed"), _("%(who)s closed %(thing)s.")),
    # a look as well: where somebody goes is no colleague's business
    "gate.checked": Action(
        _("checked at a gate"), _("%(who)s checked code and temperature of %(person)s at a gate."), reads=True
    ),
    "gate.answered": Action(
        _("red scan answered"), _("%(who)s said what was done about %(person)s, who was red at a door.")
    ),
    # accounts
    "account.created": Action(_("account created"), _("%(who)s prepared the account of %(thing)s.")),
    "account.granted": Action(_("account granted"), _("%(who)s granted the account of %(thing)s.")),
    "account.reassigned": Action(
        _("account given another role or office"), _("%(who)s gave %(thing)s another role or office.")
    ),
    "account.deactivated": Action(_("account closed"), _("%(who)s closed the account of %(thing)s.")),
    "account.password_reset": Action(_("password reset"), _("%(who)s reset the password of %(thing)s.")),
    "account.password_changed": Action(
        _("password changed by its owner"), _("%(who)s changed the password of %(thing)s.")
    ),
    "account.head_set": Action(
        _("head of an office named or released"), _("%(who)s said whether %(thing)s heads the office.")
    ),
    "office.opened": Action(_("office opened"), _("%(who)s opened %(thing)s.")),
    "office.corrected": Action(
        _("office's details corrected"), _("%(who)s corrected the details of %(thing)s.")
    ),
    "token.issued": Action(_("token issued"), _("%(who)s issued %(thing)s.")),
    "token.revoked": Action(_("token revoked"), _("%(who)s revoked %(thing)s.")),
    "session.opened": Action(_("logged in"), _("%(who)s logged in.")),
    # audit
    "audit.listed": Action(_("audit trail read"), _("%(who)s read the audit trail."), reads=True),
    "audit.exported": Action(
        _("audit trail exported"), _("%(who)s exported a part of the audit trail."), reads=True
    ),
    "audit.moment_read": Action(
        _("code at a past moment read"),
        _("%(who)s read what the code of %(person)s showed at a past moment."),
        reads=True,
    ),
    "audit.anchored": Action(
        _("checkpoint mailed"), _("%(who)s mailed the ledger's checkpoint to those who keep it.")
    ),
    "audit.rows_taken_over": Action(
        _("rows taken over into the ledger"),
        _("%(who)s took over rows that no event committed to yet."),
    ),
    "retention.deleted": Action(
        _("records deleted whose time was over"), _("%(who)s deleted records whose time was over.")
    ),
    "retention.applied": Action(_("retention periods applied"), _("%(who)s applied the retention periods.")),
    "sign.seen": Action(_("sign marked as seen"), _("%(who)s marked as seen: %(thing)s.")),
}
READS = tuple(key for key, action in ACTIONS.items() if action.reads)
_ANY = _("%(who)s: %(words)s (%(thing)s).")


def require_written(action: str) -> None:
    """Refuse, with a KeyError, an action that has no row or is written no more."""
    if ACTIONS[action].dropped:
        raise KeyError(action)


def words_of(action: str) -> str:
    """Return an action's words; of one without a row its key."""
    row = ACTIONS.get(action)
    return str(row.words) if row else action


def sentence_of(action: str) -> str:
    """Return an action's sentence, to be filled in; of one without a row the sentence that fits any."""
    row = ACTIONS.get(action)
    return str(row.sentence if row else _ANY)
