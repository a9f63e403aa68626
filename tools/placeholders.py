"""Whether a translation has the same placeholders as its source, and is set as Chinese is."""

import re
from collections.abc import Iterator

# %(name)s, %s; {name}, {0.attribute} and {}, but neither {{ nor }}.
PLACEHOLDER = re.compile(
    r"%\((?P<named>\w+)\)[#0\- +]*[\d.]*[a-zA-Z]"
    r"|%(?P<positional>[sdifr])"
    r"|(?<!\{)\{(?P<brace>[\w.\[\]]*)(?:![rsa])?(?::[^{}]*)?\}(?!\})"
)

# Between Chinese and a number stands no blank; between Chinese and Latin words there may.
NUMBER = r"(?:\d[\d,.]*|%\(\w+\)s)"
BLANK = re.compile(rf"[\u3400-\u9fff] +{NUMBER}|{NUMBER} +[\u3400-\u9fff]")


def placeholders(text: str) -> list[str]:
    return sorted(found.group() for found in PLACEHOLDER.finditer(text.replace("%%", "")))


def mismatches(source: str | tuple[str, ...] | list[str], target: tuple[str, ...]) -> Iterator[str]:
    """Yield what differs. The source's singular may leave its number out; Chinese has one form for all."""
    forms = (source,) if isinstance(source, str) else tuple(source)
    wanted = placeholders(forms[-1])
    for text in target:
        if (found := placeholders(text)) != wanted:
            yield f"placeholders {found} instead of {wanted}"
        if blank := BLANK.search(text):
            yield f"a blank beside a number: {blank.group()}"
    for edge, name in ((0, "start"), (-1, "end")):
        if any((forms[0][edge] == "\n") != (text[edge] == "\n") for text in target):
            yield f"line break at the {name}"
