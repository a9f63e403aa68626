"""Telephone numbers by China's numbering: mobiles of eleven digits, landlines with the zero of their area."""

import re

from cases.policy.spellings.texts import DASHES, one_spelling

MOBILE = r"1[3-9][0-9]{9}"
AREA = r"(?:10|2[0-9]|[3-9][0-9]{2})"
LANDLINE = rf"{AREA}[2-8][0-9]{{6,7}}"
EXTENSION = r"(?<=[0-9])(?:转|轉|分机|ext)(?=[0-9])"
CHARGED = r"[48]00[0-9]{7}"  # 400 and 800: no area


def telephone(typed: str) -> str:
    """Return the one spelling of a telephone number: as it is dialled in China, from abroad with its plus.

    What is no telephone number comes back without spaces and signs: its caller says what is wrong with it.
    """
    bare = one_spelling(re.sub(rf"[\s{DASHES}().'\"=#]", "", one_spelling(typed)))
    bare = re.sub(EXTENSION, "", bare, flags=re.IGNORECASE)
    number = re.sub(r"^00(?=[1-9])", "+", bare)
    at_home = re.sub(r"^\+?86(?=0?[1-9][0-9]{8,})", "", number)
    if re.fullmatch(rf"0?{MOBILE}", at_home):
        return at_home.removeprefix("0")
    if re.fullmatch(rf"0{LANDLINE}[0-9]{{0,5}}", at_home):  # an extension may follow
        return at_home
    if re.fullmatch(LANDLINE, at_home) and not re.fullmatch(CHARGED, at_home):
        return f"0{at_home}"
    return at_home if number.startswith("+86") or re.fullmatch(CHARGED, at_home) else number
