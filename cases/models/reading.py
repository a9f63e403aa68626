"""What one page asks again and again, asked once.

For pages alone, that put together what they show: whoever locks and writes reads afresh, and is never inside `reading`.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Answer = TypeVar("Answer")
_answers: ContextVar[dict[Hashable, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def reading() -> Iterator[None]:
    """Keep what `remembered` is answered until a page is put together; a part of it shares with its page."""
    if _answers.get() is not None:
        yield
        return
    mark = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(mark)


def is_reading() -> bool:
    """Tell whether a page is being put together, so that what is asked at once spares it later questions."""
    return _answers.get() is not None


def remembered(question: Hashable, ask: Callable[[], Answer]) -> Answer:
    """Return the answer to a question: that of before, where one page puts it again."""
    answers = _answers.get()
    if answers is None:
        return ask()
    if question not in answers:
        answers[question] = ask()
    answer: Answer = answers[question]
    return answer
