"""What happens to all else: areas, books, deliveries, complaints, doors, accounts, and the trail itself."""

from django.utils.translation import gettext_lazy as _

from healthcode.core.audit.actions.row import Action

OTHERS: dict[str, Action] = {
    # areas
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
    "area.withdrawn": Action(
        _("listing of a risk area withdrawn"), _("%(who)s withdrew the listing of %(thing)s.")
    ),
    "area.unlifted": Action(
        _("lifting of a risk area taken back"), _("%(who)s took back the lifting of %(thing)s.")
    ),
    "area.lifted": Action(_("risk area lifted"), _("%(who)s lifted %(thing)s.")),
    # documents, rule books, deliveries
    "document.entered": Action(
        _("document entered in the register"), _("%(who)s entered %(thing)s in the register.")
    ),
    "document.strike_proposed": Action(
        _("document proposed to be struck"), _("%(who)s proposed to strike %(thing)s from the register.")
    ),
    "document.strike_refused": Action(
        _("striking of a document sent back"), _("%(who)s sent back that %(thing)s be struck.")
    ),
    "document.struck": Action(
        _("document struck from the register"), _("%(who)s struck %(thing)s from the register.")
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
    "batch.given_up": Action(
        _("delivery stopped by an error"), _("%(thing)s of %(who)s was stopped by an error of the portal.")
    ),
    "batch.resumed": Action(_("delivery begun again"), _("%(who)s sent %(thing)s again: it goes on.")),
    "batch.confirmed": Action(_("delivery confirmed"), _("%(who)s confirmed %(thing)s.")),
    "batch.cancelled": Action(_("delivery withdrawn"), _("%(who)s withdrew %(thing)s.")),
    "batch.delivered": Action(_("delivery applied"), _("%(thing)s of %(who)s was applied.")),
    "batch.rows_read": Action(
        _("returned rows of a delivery read"), _("%(who)s read the returned rows of %(thing)s.")
    ),
    "batch.row_decided": Action(
        _("row with other content decided"), _("%(who)s decided a row with other content of %(thing)s.")
    ),
    "batch.repeated": Action(
        _("delivery said again what was on record"),
        _("%(who)s said again by %(thing)s what another delivery had brought."),
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
    # the duty roster
    "roster.entered": Action(
        _("shift of the duty roster entered"), _("%(who)s entered %(thing)s in the duty roster.")
    ),
    "roster.withdrawn": Action(
        _("shift of the duty roster taken back"), _("%(who)s took %(thing)s of the duty roster back.")
    ),
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
    "text_module.created": Action(_("text module entered"), _("%(who)s entered %(thing)s.")),
    "text_module.changed": Action(_("text module changed"), _("%(who)s changed %(thing)s.")),
    "text_module.withdrawn": Action(_("text module withdrawn"), _("%(who)s withdrew %(thing)s.")),
    # the gate
    "venue.opened": Action(_("venue opened"), _("%(who)s opened %(thing)s.")),
    "venue.corrected": Action(_("venue's names corrected"), _("%(who)s corrected the names of %(thing)s.")),
    "venue.closed": Action(_("venue closed"), _("%(who)s closed %(thing)s.")),
    # a look as well: where somebody goes is no colleague's business
    "gate.checked": Action(
        _("checked at a gate"),
        _("%(who)s checked code and temperature of %(person)s at a gate."),
        reads=True,
        dropped=True,  # a check is a row, and its batch has an event
    ),
    "gate.answered": Action(
        _("red scan answered"), _("%(who)s said what was done about %(person)s, who was red at a door.")
    ),
    "pass.printed": Action(_("pass printed"), _("%(who)s printed the pass of %(person)s.")),
    "pass.handed_off": Action(
        _("code handed to a phone"), _("%(who)s made a link by which a phone shows the code of %(person)s.")
    ),
    "pass.opened": Action(
        _("link opened on a phone"), _("A phone shows the code of %(person)s by the link that %(who)s made.")
    ),
    "pass.revoked": Action(_("pass revoked"), _("%(who)s revoked the pass of %(person)s.")),
    # accounts
    "account.created": Action(_("account created"), _("%(who)s prepared the account of %(thing)s.")),
    "account.granted": Action(_("account granted"), _("%(who)s granted the account of %(thing)s.")),
    "account.reassigned": Action(
        _("account given another role or office"), _("%(who)s gave %(thing)s another role or office.")
    ),
    "account.deactivated": Action(_("account closed"), _("%(who)s closed the account of %(thing)s.")),
    "account.password_reset": Action(
        _("password taken away"),
        _("%(who)s took the password of %(thing)s away, for another to grant a new one."),
    ),
    "account.glass_broken": Action(
        _("locked-out administrator let in at the server"),
        _("Whoever runs the server gave %(thing)s, who was locked out, a new password."),
    ),
    "account.opened": Action(
        _("account opened with its activation code"),
        _("Whoever had the activation code of %(thing)s chose a password with it."),
    ),
    "account.confirmation_read": Action(
        _("confirmation code read"),
        _("%(who)s, who prepared the account of %(thing)s, read its confirmation code."),
    ),
    "account.confirmation_refused": Action(
        _("confirmation code refused"),
        _("Somebody had the activation code of %(thing)s, and typed a wrong confirmation code."),
    ),
    "account.password_changed": Action(
        _("password changed by its owner"), _("%(who)s changed the password of %(thing)s.")
    ),
    "account.second_factor_added": Action(
        _("second factor added"), _("%(who)s set up a second factor for %(thing)s.")
    ),
    "account.second_factor_removal_asked": Action(
        _("removal of a second factor asked for"),
        _("%(who)s asked that the second factor of %(thing)s be taken away."),
    ),
    "account.second_factor_removed": Action(
        _("second factor taken away"), _("%(who)s took the second factor of %(thing)s away.")
    ),
    "account.recovery_code_used": Action(
        _("recovery code used"), _("%(who)s logged in with a recovery code.")
    ),
    "account.passkey_added": Action(_("passkey added"), _("%(who)s registered a passkey for %(thing)s.")),
    "account.passkey_named": Action(
        _("passkey renamed"), _("%(who)s gave a passkey of %(thing)s another name.")
    ),
    "account.passkey_removed": Action(
        _("passkey removed by its owner"), _("%(who)s removed a passkey of %(thing)s.")
    ),
    "account.head_asked": Action(
        _("head of an office asked for"), _("%(who)s asked that %(thing)s head the office.")
    ),
    "account.head_set": Action(
        _("head of an office named or released"), _("%(who)s said whether %(thing)s heads the office.")
    ),
    "office.prepared": Action(_("office prepared"), _("%(who)s prepared %(thing)s.")),
    "office.opened": Action(_("office opened"), _("%(who)s opened %(thing)s.")),
    "office.corrected": Action(
        _("office's details corrected"), _("%(who)s corrected the details of %(thing)s.")
    ),
    "setup_file.prepared": Action(
        _("file of offices and staff prepared"),
        _("%(who)s prepared a file of offices, staff or venues: %(thing)s."),
    ),
    "setup_file.granted": Action(
        _("file of offices and staff granted"), _("%(who)s granted everything in %(thing)s.")
    ),
    "setup_file.refused": Action(_("file of offices and staff sent back"), _("%(who)s sent back %(thing)s.")),
    "setup_file.letters_printed": Action(
        _("activation letters printed"), _("%(who)s printed the activation letters of %(thing)s.")
    ),
    "setup_file.confirmations_read": Action(
        _("confirmation codes read"),
        _("%(who)s, who prepared %(thing)s, read the confirmation codes of its accounts."),
    ),
    "token.prepared": Action(_("token prepared"), _("%(who)s prepared %(thing)s.")),
    "token.issued": Action(_("token issued"), _("%(who)s issued %(thing)s.")),
    "token.revoked": Action(_("token revoked"), _("%(who)s revoked %(thing)s.")),
    "session.opened": Action(_("logged in"), _("%(who)s logged in.")),
    "session.refused": Action(
        _("log-in refused"), _("Somebody tried to log in as %(thing)s, with a wrong password.")
    ),
    "session.nobody_refused": Action(
        _("log-ins under names that nobody bears"),
        _("Somebody tried to log in under names that nobody bears."),
    ),
    "session.directory_refused": Action(
        _("log-in through the directory refused"),
        _("Somebody came back from the directory for %(thing)s, and was not let in."),
    ),
    "session.ended": Action(_("session ended"), _("%(who)s ended a session of %(thing)s.")),
    "session.proven": Action(_("password typed again"), _("%(who)s typed the password again.")),
    "session.password_refused": Action(
        _("present password wrong"),
        _("Somebody at the open session of %(thing)s typed a wrong password for theirs."),
    ),
    "access.refused": Action(
        _("page or address refused"),
        _("%(who)s asked for pages or rows that were not theirs, and was refused."),
    ),
    "session.code_refused": Action(
        _("code refused"), _("Somebody typed the password of %(thing)s, and a wrong code.")
    ),
    "session.passkey_used": Action(_("passkey used"), _("%(who)s proved by a passkey who they are.")),
    "session.passkey_refused": Action(
        _("passkey refused"), _("Somebody typed the password of %(thing)s, and a wrong passkey answered.")
    ),
    # audit
    "audit.listed": Action(_("audit trail read"), _("%(who)s read the audit trail."), reads=True),
    "figures.exported": Action(
        _("figures of an area exported"), _("%(who)s exported the figures of an area."), reads=True
    ),
    "audit.exported": Action(
        _("audit trail exported"), _("%(who)s exported a part of the audit trail."), reads=True
    ),
    "audit.dossier_opened": Action(
        _("file of a matter opened"), _("%(who)s opened the file of %(person)s: %(thing)s."), reads=True
    ),
    "audit.moment_read": Action(
        _("code at a past moment read"),
        _("%(who)s read what the code of %(person)s showed at a past moment."),
        reads=True,
    ),
    "audit.anchored": Action(
        _("checkpoint mailed"), _("%(who)s mailed the ledger's checkpoint to those who keep it.")
    ),
    "audit.verification_asked": Action(
        _("verification of the ledger asked for"), _("%(who)s had the ledger verified."), reads=True
    ),
    "audit.verified": Action(_("ledger verified"), _("%(who)s verified the ledger.")),
    "audit.rows_taken_over": Action(
        _("rows taken over into the ledger"),
        _("%(who)s took over rows that no event committed to yet."),
    ),
    "ledger.restored": Action(
        _("restored database noticed"),
        _("The portal noticed that its database was restored from a backup: %(thing)s came back last."),
    ),
    "ledger.restore_acknowledged": Action(
        _("restored database answered for"),
        _("Whoever runs the server answered for a database that was restored from a backup."),
    ),
    "backup.made": Action(_("backup made"), _("Whoever runs the server made %(thing)s.")),
    "rows.sealed": Action(_("rows sealed in a batch"), _("%(who)s sealed a batch of rows: %(thing)s.")),
    "rows.dropped": Action(
        _("a day's rows dropped whose time was over"),
        _("%(who)s dropped the rows of a day whose time was over: %(thing)s."),
    ),
    "retention.deleted": Action(
        _("records deleted whose time was over"), _("%(who)s deleted records whose time was over.")
    ),
    "retention.applied": Action(_("retention period applied"), _("%(who)s applied a retention period.")),
    "retention.completed": Action(
        _("retention periods applied"), _("%(who)s applied the retention periods.")
    ),
    "inquiry.asked": Action(
        _("question of supervision asked"), _("%(who)s asked an office a question: %(thing)s.")
    ),
    "inquiry.answered": Action(
        _("question of supervision answered"), _("%(who)s answered for the office: %(thing)s.")
    ),
    "inquiry.closed": Action(
        _("question of supervision closed"), _("%(who)s closed with a finding: %(thing)s.")
    ),
    "sign.seen": Action(_("sign marked as seen"), _("%(who)s marked as seen: %(thing)s.")),
}
