"""Who confirms what is served elsewhere: by the post that whoever proposed it had then, not by today's."""

from django.conf import settings
from django.db.models import Q

from cases.models import Certificate, Relocation
from healthcode.core.offices import seats
from healthcode.core.offices.models import User
from healthcode.core.offices.seats import Post


def acceptor_of(post: Post) -> str:
    """Return the role in the city that accepts a proposal: its group, and of what that group proposed its CDC."""
    by_city = post.role == "group" and post.office.division_id == settings.HOME_CITY
    return "cdc" if by_city else "group"


def accepted_by(role: str) -> Q:
    """Keep the proposals of those whose post of today would make this role the acceptor."""
    by_city = Q(proposed_by__role="group", proposed_by__office__division=settings.HOME_CITY)
    return {"cdc": by_city, "group": ~by_city}.get(role, Q(pk__in=()))


def may_accept(by: User, move: Relocation) -> bool:
    """Tell whether this office accepts that control goes on elsewhere."""
    post = seats.post_at(move.proposed_by, move.proposed_at)
    return by.office.division_id == settings.HOME_CITY and by.role == acceptor_of(post)


def may_confirm(by: User, certificate: Certificate) -> bool:
    """Tell whether this office is of the level whose group recorded a certificate."""
    post = seats.post_at(certificate.proposed_by, certificate.proposed_at)
    return by.office.division_id == post.office.division_id
