"""What a password has to be: in no list of known ones, and hard to guess by whoever knows the house."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from healthcode.core.offices.models import User

READS = 72  # characters that zxcvbn takes; what is behind them only helps
GUESSES = 10  # as a power of ten, that have to be needed for what is left
# What everybody here would try first: the places, the work, and the words of log-in.
HOUSE_WORDS = (Path(__file__).parent / "house_words.txt").read_text(encoding="utf-8").split()
# The syllables of pinyin: a run of letters made of nothing else is a word that everybody here can spell.
SYLLABLE = (
    r"(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    r"(?:iang|iong|uang|ueng|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|ve|a|e|i|o|u|v))"
)
PINYIN = re.compile(rf"(?<![a-z]){SYLLABLE}{{2,}}(?![a-z])")
YEARS = re.compile(r"(?:19|20)\d\d(?:\d{4})?|\d{6}(?=\D|$)")
LOOKALIKES = str.maketrans("013457@$!", "oieastasi")
LISTED_END = re.compile(r"^[\W\d_]+|[\W\d_]+$")


class HardToGuess(CommonPasswordValidator):
    """Django's validator of the house: refuses what is listed, and what is easy once known words are cut out."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError on a password that a guesser who knows the house would come to."""
        plain = unicodedata.normalize("NFKC", password).lower()
        if any(one in known for one in _spellings(plain) for known in (self.passwords, *_lists())):
            raise ValidationError(
                _("This password, or one much like it, is in the lists that guessers use."), "listed"
            )
        left = without_known_words(plain, user)
        if not left or float(zxcvbn(left[:READS])["guesses_log10"]) < GUESSES:
            raise ValidationError(
                _(
                    "Too easy to guess: names, places, words of this work, pinyin and years do not count. Take four "
                    "words that have nothing to do with each other, or more characters."
                ),
                "guessable",
            )

    def get_help_text(self) -> str:
        return _(
            "Names, places, words of this work, pinyin and years do not count, and nothing that is in the lists "
            "that guessers use."
        )


def without_known_words(plain: str, user: User | None) -> str:
    """Return what is left of a password in small letters without what everybody here would try."""
    left = YEARS.sub(" ", plain)
    for word in sorted({*HOUSE_WORDS, *_words_of(user)}, key=len, reverse=True):
        left = left.replace(word, " ")
        left = _cut_lookalike(left, word)
    left = PINYIN.sub(" ", left)
    return re.sub(r"\s+", " ", left).strip()


def _cut_lookalike(text: str, word: str) -> str:
    """Cut a word that is written with digits and signs in place of letters."""
    letters = text.translate(LOOKALIKES)
    while len(word) > 3 and (start := letters.find(word)) >= 0:
        text = f"{text[:start]} {text[start + len(word) :]}"
        letters = text.translate(LOOKALIKES)
    return text


def _words_of(user: User | None) -> Iterator[str]:
    """Yield what a user is known by."""
    if user is None:
        return
    for text in (
        user.username,
        user.name,
        user.phone,
        user.office.name,
        user.office.name_en,
        user.office.code,
    ):
        yield from (word for word in re.split(r"[\W_]+", text.lower()) if len(word) > 1)


def _spellings(plain: str) -> set[str]:
    """Return a password as it is, and as lists hold it: without digits and signs about it, without look-alikes."""
    core = LISTED_END.sub("", plain)
    letters = LISTED_END.sub("", plain.translate(LOOKALIKES))
    return {plain, *(one for one in (core, letters) if len(one) > 3)}


@cache
def _lists() -> tuple[frozenset[str], ...]:
    named = settings.PASSWORDS_REFUSED
    own = Path(named).read_text(encoding="utf-8").lower().split("\n") if named else ()
    django = CommonPasswordValidator().passwords
    return (
        frozenset(django),
        frozenset(FREQUENCY_LISTS["passwords"]),
        frozenset(filter(None, map(str.strip, own))),
    )
