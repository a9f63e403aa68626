"""A sentence of the rule book in both of its languages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter


@dataclass(frozen=True, slots=True)
class Bilingual:
    """The same text in Chinese and in English; either may hold {placeholders}."""

    zh: str
    en: str

    def text(self, language: str) -> str:
        """Return the text for a language tag such as `zh-hans` or `en`; English for any other."""
        return self.zh if language.lower().startswith("zh") else self.en

    def fill(self, values: Mapping[str, "Bilingual"]) -> "Bilingual":
        """Fill each placeholder with its value in the same language."""
        return Bilingual(
            zh=self.zh.format_map({name: value.zh for name, value in values.items()}),
            en=self.en.format_map({name: value.en for name, value in values.items()}),
        )


def joined(parts: Iterable[Bilingual]) -> Bilingual:
    """Join sentences, each language by its own custom."""
    parts = tuple(parts)
    return Bilingual(zh="".join(part.zh for part in parts), en=" ".join(part.en for part in parts))


def placeholders(text: str) -> frozenset[str]:
    """Name the placeholders of a template; ValueError when a brace is unbalanced or a format is given."""
    found = set()
    for _, name, form, conversion in Formatter().parse(text):
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise ValueError(f"{{{name}}} is not a plain placeholder")
        found.add(name)
    return frozenset(found)
