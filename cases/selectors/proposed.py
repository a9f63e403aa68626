"""Decisions that wait for a second person: each found for those who may act."""

from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from cases.models import (
    AreaChange,
    Batch,
    Case,
    Certificate,
    Death,
    DeathWithdrawal,
    Erasure,
    ExitReport,
    HomeStay,
    MassHold,
    Merge,
    NumberChange,
    RejectedRow,
    Release,
    Relocation,
    Reversal,
    RiskArea,
    RuleBook,
    SelfCheck,
    SetupFile,
    Strike,
    Transfer,
    Undo,
    Void,
)
from cases.models.cases import State
from cases.models.proposals import Decision
from cases.selectors import decidable, undecided
from cases.selectors.admission import ALL
from cases.selectors.areas import areas_for, changes_for
from cases.selectors.awaited import HEALTH_SIDE
from cases.selectors.chains import same_as
from cases.selectors.elsewhere import accepted_by, acceptor_of
from cases.selectors.humans import live_in
from cases.selectors.reversals import waiting_for
from cases.selectors.strikes import strikes_for
from healthcode.core.offices.accounts import PASSWORD_LIVES
from healthcode.core.offices.models import Office, SecondFactor, Token, User
from healthcode.core.offices.scope import within
from healthcode.core.offices.seats import posted


def reports(user: User, at: datetime) -> QuerySet[Case]:
    return Case.objects.filter(state=State.REPORTED, addressed_to=user.office_id).select_related("person")


def exit_reports(user: User, at: datetime) -> QuerySet[ExitReport]:
    pending = undecided.waiting(ExitReport).filter(addressed_to=user.office_id)
    return pending.select_related("case__person")


def for_second_person(user: User, at: datetime) -> QuerySet[Case]:
    waiting = Case.objects.filter(state=State.HELD, hold=None, resumes=None).filter(
        live_in(user.jurisdiction)
    )
    return waiting.exclude(entered_by=user).select_related("person")


def voids(user: User, at: datetime) -> QuerySet[Void]:
    pending = voids_for(user, at).filter(live_in(user.jurisdiction, "case__person"))
    return pending.select_related("case__person")


def self_checks(user: User, at: datetime) -> QuerySet[SelfCheck]:
    pending = undecided.waiting(SelfCheck).filter(live_in(user.jurisdiction, "case__person"))
    return pending.select_related("case__person")


def seconded_self_checks(user: User, at: datetime) -> QuerySet[SelfCheck]:
    """Find the bureau's seconded findings on which no void was proposed yet, whichever row the case stands under."""
    proposed = Void.objects.filter(same_as("case", "case__"), proposed_at__gte=OuterRef("decided_at"))
    voided = Case.objects.filter(same_as("case"), state=State.VOIDED)
    seconded = SelfCheck.objects.filter(decision=Decision.APPROVED).filter(~Exists(voided))
    return seconded.filter(~Exists(proposed)).select_related("case__person")


def releases(user: User, at: datetime) -> QuerySet[Release]:
    pending = undecided.waiting(Release).exclude(proposed_by__office=user.office_id)
    return pending.filter(live_in(user.jurisdiction, "case__person")).select_related("case__person")


def home_stays(user: User, at: datetime) -> QuerySet[HomeStay]:
    pending = undecided.waiting(HomeStay).filter(live_in(user.jurisdiction, "order__person"))
    return pending.select_related("order__person")


def relocations(user: User, at: datetime) -> QuerySet[Relocation]:
    """Find what the city's group confirms: others' proposals, and for the city's CDC those of that group."""
    pending = undecided.waiting(Relocation).exclude(proposed_by__office=user.office_id)
    if user.office.division_id != settings.HOME_CITY:
        return pending.none()
    pending = pending.filter(live_in(user.jurisdiction, "order__person"))
    theirs = posted(pending, lambda post: acceptor_of(post) == user.role, accepted_by(user.role))
    return theirs.select_related("order__person")


def certificates(user: User, at: datetime) -> QuerySet[Certificate]:
    level = user.office.division_id
    still = Q(proposed_by__office__division=level)
    of_level = posted(undecided.waiting(Certificate), lambda post: post.office.division_id == level, still)
    return of_level.select_related("order__person")


def merges(user: User, at: datetime) -> QuerySet[Merge]:
    return undecided.waiting(Merge).exclude(proposed_by=user).select_related("duplicate", "survivor")


def erasures(user: User, at: datetime) -> QuerySet[Erasure]:
    return undecided.waiting(Erasure).exclude(proposed_by=user).select_related("person")


def deaths(user: User, at: datetime) -> QuerySet[Death]:
    pending = undecided.waiting(Death).filter(live_in(user.jurisdiction))
    still = ~Q(proposed_by__role=user.role)
    return posted(pending, lambda post: post.role != user.role, still).select_related("person")


def death_withdrawals(user: User, at: datetime) -> QuerySet[DeathWithdrawal]:
    pending = undecided.waiting(DeathWithdrawal).exclude(proposed_by__office=user.office_id)
    return pending.filter(live_in(user.jurisdiction)).select_related("person")


def reversals(user: User, at: datetime) -> QuerySet[Reversal]:
    return waiting_for(user)


def transfers(user: User, at: datetime) -> QuerySet[Transfer]:
    pending = undecided.waiting(Transfer).exclude(proposed_by=user)
    pending = pending.filter(within(user.jurisdiction, "to_division"))
    return pending.select_related("person", "from_division", "to_division")


def areas(user: User, at: datetime) -> QuerySet[RiskArea]:
    return areas_for(user)


def area_changes(user: User, at: datetime) -> QuerySet[AreaChange]:
    return changes_for(user)


def strikes(user: User, at: datetime) -> QuerySet[Strike]:
    return strikes_for(user)


def numbers(user: User, at: datetime) -> QuerySet[NumberChange]:
    return numbers_for(user).select_related("person")


def rule_books(user: User, at: datetime) -> QuerySet[RuleBook]:
    pending = undecided.waiting(RuleBook)
    if user.jurisdiction != settings.HOME_CITY:
        return pending.none()  # a county's duty lead decides no rule for the city
    return pending.exclude(proposed_by__office=user.office_id)


def coming_rule_books(user: User, at: datetime) -> QuerySet[RuleBook]:
    return RuleBook.objects.filter(decision=Decision.APPROVED, adopted_at=None)


def checked(user: User, at: datetime) -> QuerySet[Batch]:
    return Batch.objects.filter(office=user.office_id, brought_by=None, state=Batch.State.CHECKED)


def brought(user: User, at: datetime) -> QuerySet[Batch]:
    brought = Batch.objects.brought().filter(state=Batch.State.CHECKED, pk__in=decidable.deliveries(user))
    return brought.exclude(brought_from=user.office_id)


def failed(user: User, at: datetime) -> QuerySet[Batch]:
    return Batch.objects.seen_to_by(user).filter(state=Batch.State.FAILED)


def other_content(user: User, at: datetime) -> QuerySet[Batch]:
    waiting = RejectedRow.objects.filter(batch=OuterRef("pk"), state=RejectedRow.State.HELD)
    return Batch.objects.filter(Exists(waiting), office=user.office_id, brought_by=None)


def undos(user: User, at: datetime) -> QuerySet[Undo]:
    return (
        undecided.waiting(Undo)
        .filter(pk__in=decidable.undos(user))
        .exclude(proposed_by__office=user.office_id)
        .select_related("batch")
    )


def holds(user: User, at: datetime) -> QuerySet[MassHold]:
    return undecided.waiting(MassHold).filter(pk__in=decidable.holds(user)).select_related("office")


def accounts(user: User, at: datetime) -> QuerySet[User]:
    """Find prepared accounts that another administrator has to grant."""
    prepared = User.objects.filter(granted_at=None, is_active=False).exclude(created_by=user)
    return prepared.exclude(pk=user.pk).exclude(role="system").select_related("office")


def tokens(user: User, at: datetime) -> QuerySet[Token]:
    """Find prepared tokens of machines that another administrator has to grant."""
    prepared = Token.objects.filter(granted_at=None, revoked_at=None, expires_at__gt=at)
    return prepared.exclude(created_by=user).select_related("user")


def heads(user: User, at: datetime) -> QuerySet[User]:
    """Find heads of offices whom another administrator has to grant."""
    asked = User.objects.filter(head_asked_by__isnull=False).exclude(head_asked_by=user)
    return asked.exclude(pk=user.pk).select_related("office")


def removals(user: User, at: datetime) -> QuerySet[SecondFactor]:
    """Find second factors whose removal another administrator has to grant."""
    asked = SecondFactor.objects.filter(removal_by__isnull=False, removed_at=None)
    return asked.exclude(removal_by=user).exclude(user=user).select_related("user__office")


def offices(user: User, at: datetime) -> QuerySet[Office]:
    """Find prepared offices of machines that another administrator has to grant."""
    return Office.objects.filter(granted_by=None).exclude(prepared_by=None).exclude(prepared_by=user)


def setup_files(user: User, at: datetime) -> QuerySet[SetupFile]:
    """Find files of offices and staff that another administrator prepared."""
    return undecided.waiting(SetupFile).exclude(proposed_by=user)


def letters(user: User, at: datetime) -> QuerySet[SetupFile]:
    """Find files that this administrator granted and whose letters nobody has printed, while their codes live."""
    return SetupFile.objects.filter(
        decided_by=user, decided_at__gt=at - PASSWORD_LIVES, letters_sealed__isnull=False
    )


def voids_for(user: User, at: datetime) -> QuerySet[Void]:
    """Return the pending voids that this user's office may decide as the second person."""
    grounds = RuleBook.objects.in_force(at).policy.grounds
    voids = undecided.waiting(Void).exclude(proposed_by__office=user.office_id)
    if user.role not in HEALTH_SIDE:
        voids = voids.exclude(
            case__ground__in=[key for key, one in grounds.items() if one.voided_by_health_side]
        )
    return voids


def numbers_for(user: User, *, of: Q = ALL) -> QuerySet[NumberChange]:
    """Return the corrected numbers this user may decide: the bureau those of others, the prevention office its own."""
    pending = undecided.waiting(NumberChange).filter(of).exclude(proposed_by__office=user.office_id)
    if user.role == "bureau":
        return pending
    return posted(pending, lambda post: post.role == "bureau", Q(proposed_by__role="bureau"))
