"""Every event as a sentence: who did what, to whom. An action without one is told by its words of `actions`."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ANY = _("%(who)s: %(words)s (%(thing)s).")

SENTENCES: dict[str, str | Promise] = {
    # persons
    "person.registered": _("%(who)s registered %(person)s."),
    "person.recognised": _("%(who)s recognised the code that %(person)s already had."),
    "person.corrected": _("%(who)s corrected the details of %(person)s."),
    "person.viewed": _("%(who)s read the page of %(person)s."),
    "person.listed": _("%(who)s read the list “%(thing)s”."),
    "person.looked_up": _("%(who)s looked up %(person)s by an exact number."),
    "person.unmasked": _("%(who)s read the full document number of %(person)s."),
    "person.merge_proposed": _("%(who)s proposed to merge %(person)s with another record."),
    "person.merged": _("%(who)s merged %(person)s with another record."),
    "person.merge_refused": _("%(who)s sent back the merge of %(person)s."),
    "person.unmerged": _("%(who)s undid the merge of %(person)s."),
    "person.transfer_proposed": _("%(who)s proposed to hand %(person)s to another division."),
    "person.transferred": _("%(who)s accepted %(person)s from another division."),
    "person.transfer_refused": _("%(who)s sent back the transfer of %(person)s."),
    "person.died": _("%(who)s recorded the death of %(person)s."),
    # cases
    "case.reported": _("%(who)s reported a ground for %(person)s to the control group."),
    "case.held": _("%(who)s entered a ground for %(person)s that waits for a second person."),
    "case.opened": _("%(who)s entered a ground for %(person)s: it counts from now."),
    "case.ended": _("%(who)s ended a ground of %(person)s."),
    "case.voided": _("%(who)s voided a ground of %(person)s as entered in error."),
    "case.refused": _("%(who)s sent back a ground for %(person)s."),
    "case.void_proposed": _("%(who)s proposed to void a ground of %(person)s."),
    "case.void_refused": _("%(who)s sent back the proposal to void a ground of %(person)s."),
    "case.release_proposed": _("%(who)s proposed to release %(person)s from a ground."),
    "case.release_refused": _("%(who)s sent back the release of %(person)s."),
    "case.exit_reported": _("%(who)s reported that a ground of %(person)s has ended."),
    "case.exit_refused": _("%(who)s sent back the report that a ground of %(person)s has ended."),
    "code.turned": _("The code of %(person)s turned by what %(who)s did."),
    # control
    "order.opened": _("%(who)s placed %(person)s under control."),
    "order.attached": _("%(who)s added a ground to the control order of %(person)s."),
    "order.changed": _("%(who)s changed the control order of %(person)s."),
    "order.handed_over": _("%(who)s gave %(person)s another responsible control officer."),
    "order.home_proposed": _("%(who)s proposed that %(person)s stays at home."),
    "order.home_approved": _("%(who)s approved that %(person)s stays at home."),
    "order.home_refused": _("%(who)s sent back that %(person)s stays at home."),
    "order.ended": _("%(who)s ended the control of %(person)s."),
    "order.transferred_out": _("%(who)s handed %(person)s to another province."),
    "order.health_logged": _("%(who)s kept the health log of %(person)s."),
    "order.transported": _("%(who)s recorded a closed transport of %(person)s."),
    # results, declarations
    "result.entered": _("%(who)s entered a test result of %(person)s."),
    "result.corrected": _("%(who)s corrected a test result of %(person)s."),
    "result.applied": _("%(who)s applied a stored test result of %(person)s."),
    "declaration.filed": _("%(who)s filed the health-code form of %(person)s."),
    "visit.recorded": _("%(who)s recorded a fever-clinic visit of %(person)s."),
    # areas, rule books, deliveries
    "area.proposed": _("%(who)s proposed %(thing)s."),
    "area.listed": _("%(who)s listed %(thing)s."),
    "area.refused": _("%(who)s sent back %(thing)s."),
    "area.lifted": _("%(who)s lifted %(thing)s."),
    "rulebook.adopted": _("%(who)s adopted %(thing)s."),
    "batch.delivered": _("%(who)s delivered %(thing)s."),
    # accounts
    "account.created": _("%(who)s prepared the account of %(thing)s."),
    "account.granted": _("%(who)s granted the account of %(thing)s."),
    "account.reassigned": _("%(who)s gave %(thing)s another role or office."),
    "account.deactivated": _("%(who)s closed the account of %(thing)s."),
    "account.password_reset": _("%(who)s reset the password of %(thing)s."),
    "account.head_set": _("%(who)s said whether %(thing)s heads the office."),
    "office.opened": _("%(who)s opened %(thing)s."),
    "office.corrected": _("%(who)s corrected the details of %(thing)s."),
    "token.issued": _("%(who)s issued %(thing)s."),
    "token.revoked": _("%(who)s revoked %(thing)s."),
    "session.opened": _("%(who)s logged in."),
    # supervision
    "audit.listed": _("%(who)s read the audit trail."),
    "audit.exported": _("%(who)s exported a part of the audit trail."),
    "audit.moment_read": _("%(who)s read what the code of %(person)s showed at a past moment."),
    "sign.seen": _("%(who)s marked as seen: %(thing)s."),
}
