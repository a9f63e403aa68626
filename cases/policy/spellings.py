"""One spelling of what people write in many ways: names as they are compared, numbers of reports and documents."""

import re
import unicodedata


def one_spelling(text: str) -> str:
    """Return a text as it is compared: full width made half, nothing invisible in it, single spaces."""
    seen = (letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf")
    return " ".join("".join(seen).split())


def normalise_reference(number: str) -> str:
    """Return the one spelling of a report's or record's number: no spaces, one kind of dash, capitals."""
    return re.sub(r"[‐-―−]", "-", one_spelling(number)).replace(" ", "").upper()


def reference_key(reference: str) -> str:
    """Return what a reference is compared by: its letters and digits alone, without brackets and dashes."""
    return "".join(letter for letter in one_spelling(reference).casefold() if letter.isalnum())


def same_reference(one: str, other: str) -> bool:
    """Tell whether two references are the same but for their spelling; one without letters and digits is none."""
    key = reference_key(one)
    return bool(key) and key == reference_key(other)
