"""Refusals that outlive the act: stored as their codes and values, read in the language of whoever reads them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise

from healthcode.core import languages
from healthcode.core.offices.refusals import Refusal

Stored = dict[str, Any]
LONGEST = 200  # characters of one value: a cell is quoted, not copied
PLACES = re.compile(r"%\((\w+)\)s")


def to_json(refusal: Refusal) -> Stored:
    """Return what is stored of a refusal: its code, field and values, and its sentence where that is not the code's."""
    stored: Stored = {"code": refusal.code, "field": refusal.field}
    if type(refusal).__str__ is not Refusal.__str__:
        return stored | {"sentence": {"texts": languages.in_each(refusal)}}
    if refusal.sentence is not refusal.message:
        stored["sentence"] = _value(refusal.sentence)
    if refusal.values:
        stored["values"] = stored_values(refusal.values)
    return stored


def from_json(stored: Mapping[str, Any]) -> Refusal:
    """Return the refusal that was stored: its sentence is in the language in which it is read."""
    kind = Refusal.by_code.get(stored["code"], Refusal)
    sentence = _read(stored["sentence"]) if "sentence" in stored else kind.message
    values = read_values(stored.get("values", {}))
    if values:  # a sentence may have got another place since then
        values = dict.fromkeys(PLACES.findall(str(languages.spoken(sentence))), "…") | values
    refusal = Refusal(sentence, field=stored["field"], **values)
    refusal.code = stored["code"]
    return refusal


def sentences(stored: Iterable[Mapping[str, Any]]) -> str:
    """Return what several refusals say, one after the other."""
    return languages.sentences(map(from_json, stored))


def lines(stored: Iterable[Mapping[str, Any]]) -> str:
    """Return what is wrong with a row: of several faults each on a line of its own, behind the word of its column."""
    faults = [(one.get("column", ""), from_json(one)) for one in stored]
    if len(faults) == 1:
        return str(faults[0][1])
    return "\n".join(languages.entry(word, one) if word else str(one) for word, one in faults)


def stored_values(values: Mapping[str, object]) -> dict[str, object]:
    """Return what completes a sentence, as it is stored."""
    return {name: _value(value) for name, value in values.items()}


def read_values(stored: Mapping[str, object]) -> dict[str, Any]:
    """Return what completes a sentence, as it was before it was stored."""
    return {name: _read(value) for name, value in stored.items()}


def _value(value: object) -> object:
    """Return a value as JSON has it; what languages say differently in each of them."""
    if isinstance(value, list | tuple):
        return [_value(one) for one in value]
    if isinstance(value, Promise | Refusal) or callable(getattr(value, "text", None)):
        return {"texts": languages.in_each(value)}
    return value if value is None or isinstance(value, int) else str(value)[:LONGEST]


def _read(value: object) -> object:
    if isinstance(value, list):
        return [_read(one) for one in value]
    return languages.Texts(value["texts"]) if isinstance(value, dict) else value
