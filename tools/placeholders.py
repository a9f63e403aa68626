"""Whether a translation says the same placeholders as its source."""

import re
from collections.abc import Iterator

# %(name)s, %s; {name}, {0.attribute} and {}, but neither {{ nor }}.
PLACEHOLDER = re.compile(
    r"%\((?P<named>\w+)\)[#0\- +]*[\d.]*[a-zA-Z]"
    r"|%(?P<positional>[sdifr])"
    r"|(?<!\{)\{(?P<brace>[\w.\[\]]*)(?:![rsa])?(?::[^{}]*)?\}(?!\})"
)


def placeholders(text: str) -> list[str]:
    return sorted(found.group() for found in PLACEHOLDER.finditer(text.replace("%%", "")))


def mismatches(source: str | tuple[str, ...] | list[str], target: tuple[str, ...]) -> Iterator[str]:
    """Yield what differs. A form of the source may leave its number out ("one person")."""
    forms = (source,) if isinstance(source, str) else tuple(source)
    allowed = [placeholders(form) for form in forms]
    for text in target:
        found = placeholders(text)
        if found not in allowed:
            yield f"placeholders {found} instead of {allowed[-1]}"
    for edge, name in ((0, "start"), (-1, "end")):
        if any((forms[0][edge] == "\n") != (text[edge] == "\n") for text in target):
            yield f"line break at the {name}"
