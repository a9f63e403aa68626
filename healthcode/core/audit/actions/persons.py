"""What happens to a person: records, cases, orders, results and declarations."""

from django.utils.translation import gettext_lazy as _

from healthcode.core.audit.actions.row import Action

PERSONS: dict[str, Action] = {
    # persons
    "person.registered": Action(_("person registered"), _("%(who)s registered %(person)s.")),
    "person.recognised": Action(
        _("another city's code recognised"), _("%(who)s recognised the code that %(person)s already had.")
    ),
    "person.name_accepted": Action(
        _("another spelling of the name accepted"),
        _("%(who)s compared the document: %(person)s bears the name in another spelling too."),
    ),
    "person.respelled": Action(
        _("number brought under today's spelling"),
        _("%(who)s brought the number of %(person)s under the spelling by which it is found now."),
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
        _("person looked up"), _("%(who)s looked up %(person)s by a number."), reads=True
    ),
    "person.look_up_refused": Action(
        _("look-up in vain"),
        _("%(who)s asked after a number, and was told nothing."),
        reads=True,
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
    "case.proposal_carried": Action(
        _("proposal waits again"),
        _("What had been proposed about a ground of %(person)s waits again, for %(who)s let it stand again."),
    ),
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
    "case.release_reversed": Action(
        _("release taken back"),
        _("%(who)s agreed that %(person)s was released in error: the ground stands again."),
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
}
