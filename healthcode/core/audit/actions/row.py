"""What is known of an action."""

from typing import NamedTuple

from django.utils.functional import Promise


class Action(NamedTuple):
    """One row. The sentence may name `who`, `person`, `thing` and `words`."""

    words: str | Promise
    sentence: str | Promise
    reads: bool = False  # somebody looked: supervision alone sees it, a colleague's page shows what was done
    dropped: bool = False  # written no more
