"""What several tables of a rule book write alike."""

from collections.abc import Iterable

from . import defaults, faults
from .reader import Section
from .words import Bilingual


def days_of(section: Section) -> int | None:
    """Read `days`, or `open_end = true`: exactly one of the two."""
    if section.flag("open_end"):
        if "days" in section:
            raise section.error(faults.DAYS_AND_OPEN_END, "days")
        return None
    return section.integer("days", least=1)


def sentence(sentences: Section, state: str, fills: Iterable[str]) -> Bilingual:
    """Return the sentence of a state; of one that no earlier book knew, ours."""
    if state not in sentences and state in defaults.SENTENCES:
        return defaults.SENTENCES[state]
    return sentences.words_at(state, *fills)
