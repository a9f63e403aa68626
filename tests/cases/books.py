"""Rule books for tests: the shipped ones under new names, and edited ones."""

from datetime import datetime
from itertools import count
from typing import Any

from cases.models import RuleBook
from cases.policy import shipped
from cases.policy.days import midnight
from cases.services.book import rulebooks

from .scenes import Scene, T, fresh

__all__ = ("GUIDE", "PROVINCE", "adopted", "approved", "midnight", "propose", "proposed", "text_of")

GUIDE, PROVINCE = shipped.VERSIONS
_serial = count(1)


def text_of(book: str) -> str:
    """Return a shipped book, or a whole text, under a version that no other has."""
    text = shipped.text(book) if book in shipped.VERSIONS else book
    version = text.split('version         = "', 1)[1].split('"', 1)[0]
    return text.replace(f'= "{version}"', f'= "v{next(_serial)}"', 1)


def with_red(ground: str, book: str = GUIDE) -> str:
    """Return a book with one rule changed: a ground that is yellow is red, and isolated."""
    text = shipped.text(book)
    head, rest = text.split(f"[grounds.{ground}]", 1)
    rest = rest.replace('"YELLOW"', '"RED"', 1)
    return f'{head}[grounds.{ground}]\nmeasure = "CENTRAL_ISOLATION"{rest}'


def with_red_risk_areas(book: str = GUIDE) -> str:
    return with_red("RISK_AREA", book)


def with_small_holds(book: str = GUIDE, threshold: int = 2) -> str:
    """Return a book with one number changed: above how many people an act is held."""
    head, rest = shipped.text(book).split("[parameters.mass_hold_threshold]", 1)
    rest = rest.replace("= 20\n", f"= {threshold}\n", 1)
    return f"{head}[parameters.mass_hold_threshold]{rest}"


def propose(scene: Scene, text: str, *, at: datetime, **fields: Any) -> RuleBook:
    return rulebooks.propose(text, by=scene.cast.policy_city, at=at, **{"effective_from": at, **fields})


def proposed(scene: Scene, book: str = PROVINCE, *, at: datetime = T) -> RuleBook:
    return propose(scene, text_of(book), at=at)


def approved(scene: Scene, book: str, *, at: datetime, effective_from: datetime | None = None) -> RuleBook:
    instant = effective_from or at
    proposal = propose(scene, text_of(book), at=at, effective_from=instant)
    rulebooks.decide(proposal, approve=True, effective_from=instant, by=scene.cast.duty_city, at=at)
    return proposal


def adopted(scene: Scene, book: str, *, at: datetime, effective_from: datetime | None = None) -> Any:
    """Let the editor propose, the duty lead approve, and the timer adopt."""
    proposal = approved(scene, book, at=at, effective_from=effective_from)
    assert rulebooks.adopt_due(by=scene.cast.duty_city, at=at) == 1
    return fresh(proposal)
