"""Every kind of delivery, by its name: the `FORMAT` of the module here that is called as the kind is."""

from importlib import import_module

from cases.feeds.formats import Format
from cases.models.batches import Kind

FORMATS: dict[str, Format] = {
    kind.value: import_module(f"cases.feeds.{kind.value.lower()}").FORMAT for kind in Kind
}
