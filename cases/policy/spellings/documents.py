"""Numbers of identity documents, one spelling each, as its issuer counts it.

GB 11643 gives whoever lives here a number of 18 digits, the last a check digit: on the identity card, on the residence
permits of Hong Kong, Macao and Taiwan (81, 82, 83) and, with a 9 before it, on the foreigners' card of 2023. It is
that number whatever card was chosen for it. Permits to enter count their renewals behind the number that stays.
"""

import re

from stdnum.cn import ric

from cases.policy.spellings.texts import DASHES, DOTS, one_spelling

SEPARATORS = re.compile(rf"[\s{DASHES}{DOTS}()\[\]<>'\"=“”‘’`]")
LIKE_X = str.maketrans(dict.fromkeys("×ХΧ✕╳", "X"))
ANY_CARD = ("RESIDENT_ID", "HK_MACAO_PERMIT", "TAIWAN_PERMIT", "FOREIGN_PR")
CITIZENS = re.compile(r"[1-8][0-9]{16}[0-9X]")
FOREIGNERS = re.compile(r"9[0-9]{16}[0-9X]")
RENEWED = {
    "HK_MACAO_PERMIT": re.compile(r"([HM][0-9]{8})[0-9]{2}"),
    "TAIWAN_PERMIT": re.compile(r"([0-9]{8})(?:[0-9]{2})?[A-Z]?"),
}


def document(kind: str, typed: str) -> tuple[str, str]:
    """Return the kind of document that a number is of, and the number's one spelling; it may still be none."""
    number = SEPARATORS.sub("", one_spelling(typed)).upper().translate(LIKE_X)
    if kind == "RESIDENT_ID" and re.fullmatch(r"[0-9]{15}", number):
        # Issued until 1999: the century and the check digit were added later.
        number = f"{number[:6]}19{number[6:]}"
        number += ric.calc_check_digit(number + "0")
    if kind in ANY_CARD and CITIZENS.fullmatch(number):
        return "RESIDENT_ID", number
    if kind in ANY_CARD and FOREIGNERS.fullmatch(number):
        return "FOREIGN_PR", number
    renewed = kind in RENEWED and RENEWED[kind].fullmatch(number)
    return kind, renewed[1] if renewed else number


def fits_check_digit(number: str) -> bool:
    """Tell whether the last of 18 digits is the one that GB 11643 works out of the others."""
    return bool(ric.calc_check_digit(number) == number[-1])
