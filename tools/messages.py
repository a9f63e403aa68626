"""Extract, compile and check translations without gettext's programs.

    python -m tools.messages extract    # sources -> .po: keeps translations, drops what is no longer in the source
    python -m tools.messages compile    # .po -> .mo
    python -m tools.messages check      # status 1 when anything is missing, doubtful or stale

Source strings are English, so there is no English catalogue: Django falls back to the source for every `en`,
plurals included. healthcode/locale/README.md says how to put one of Django's own strings differently.
"""

import ast
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import catalog, extract, pofile

from tools import mo
from tools.placeholders import mismatches

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("healthcode", "cases", "complaints", "templates")
LANGUAGE = "zh_Hans"
PO = ROOT / "healthcode" / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"
HEADER = {
    "Language": LANGUAGE,
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}
_PLURAL, _CONTEXT, _BOTH = (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), _PLURAL),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), _CONTEXT),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), _BOTH),
}
Key = tuple[str, str | None]  # the first form of the source string, and its context


def source_files(root: Path) -> Iterator[Path]:
    for top in SOURCES:
        for suffix in ("py", "html", "txt"):
            yield from (path for path in (root / top).rglob(f"*.{suffix}") if "migrations" not in path.parts)


def python_text(path: Path) -> str:
    """Return the file as Python source with its gettext calls; Django translates templates into that."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return "\n".join((text, *formatted_calls(text)))
    from django.conf import settings
    from django.utils.translation.template import templatize

    if not settings.configured:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthcode.settings")
    # Markup's indentation means nothing; Python's tokenizer refuses it.
    return "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).split("\n"))


def formatted_calls(text: str) -> Iterator[str]:
    """Yield the calls inside f-strings: to Python 3.11's tokenizer an f-string is one word."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr):
            yield from (ast.unparse(call) for call in ast.walk(node) if isinstance(call, ast.Call))


def extracted(root: Path = ROOT) -> catalog.Catalog:
    """Return every message that the sources say, each with the files that say it."""
    found = catalog.Catalog(locale=LANGUAGE)
    for path in sorted(source_files(root)):
        file = io.BytesIO(python_text(path).encode())
        for _, message, comments, context in extract.extract(
            "python", file, KEYWORDS, ("Translators:",), {"encoding": "utf-8"}
        ):
            place = (path.relative_to(root).as_posix(), 0)
            found.add(message, locations=[place], auto_comments=comments, context=context)
    return found


def key(message: catalog.Message) -> Key:
    return (message.id if isinstance(message.id, str) else message.id[0], message.context)


def strings(message: catalog.Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def messages(of: catalog.Catalog) -> list[catalog.Message]:
    """Return the messages in the order of the file, the header left out."""
    return sorted(
        (message for message in of if message.id),
        key=lambda message: (
            min(message.locations, default=("", 0)),
            *key(message)[:1],
            message.context or "",
        ),
    )


def read(po: Path = PO) -> catalog.Catalog:
    if not po.exists():
        return catalog.Catalog(locale=LANGUAGE)
    with po.open("rb") as file:
        return pofile.read_po(file, locale=LANGUAGE, abort_invalid=True)


def merged(template: catalog.Catalog, translated: catalog.Catalog) -> catalog.Catalog:
    """Return the template's messages with the translations they had."""
    for message in messages(template):
        old = translated.get(message.id, message.context)
        if old and any(strings(old)):
            text = strings(old)[0]
            message.string = text if isinstance(message.id, str) else (text,)
            message.flags |= old.flags & {"fuzzy"}
    return template


def write(found: catalog.Catalog, po: Path = PO) -> None:
    """Write without dates, lines or tool versions: what did not change does not differ."""
    ordered = catalog.Catalog(locale=LANGUAGE)
    for message in messages(found):
        ordered[message.id] = message
    body = io.BytesIO()
    pofile.write_po(body, ordered, width=110, omit_header=True, include_lineno=False, sort_by_file=False)
    head = "\n".join(f'"{name}: {value}\\n"' for name, value in HEADER.items())
    po.parent.mkdir(parents=True, exist_ok=True)
    po.write_bytes(f'msgid ""\nmsgstr ""\n{head}\n\n'.encode() + body.getvalue())


def compiled(translated: catalog.Catalog) -> bytes:
    """Return the .mo file: the same translations always give the same bytes."""
    entries = {"": "".join(f"{name}: {value}\n" for name, value in HEADER.items())}
    for message in messages(translated):
        if all(strings(message)) and not message.fuzzy:
            source = message.id if isinstance(message.id, str) else "\0".join(message.id)
            context = f"{message.context}\4" if message.context else ""
            entries[context + source] = "\0".join(strings(message))
    return mo.dump(entries)


def faults(template: catalog.Catalog, translated: catalog.Catalog, mo_bytes: bytes) -> Iterator[str]:
    """Yield one line for each message that is not as it should be."""
    found, known = ({key(message): message for message in messages(each)} for each in (template, translated))
    for each in found.keys() - known.keys():
        yield f"missing: {label(found[each])}"
    for each in known.keys() - found.keys():
        yield f"unused: {label(known[each])}"
    for each in known.keys() & found.keys():
        message = known[each]
        if message.id != found[each].id:
            yield f"plural changed: {label(found[each])}"
        elif not all(strings(message)):
            yield f"untranslated: {label(found[each])}"
        elif message.fuzzy:
            yield f"fuzzy: {label(found[each])}"
        else:
            yield from (
                f"{fault}: {label(found[each])}" for fault in mismatches(message.id, strings(message))
            )
    if mo_bytes != compiled(translated):
        yield "stale .mo: run `make messages`"


def aliases(root: Path) -> Iterator[str]:
    """Yield one line for each name of gettext that is not looked for: its messages would never be translated."""
    for path in source_files(root):
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
                    for one in node.names:
                        if one.name in KEYWORDS and (one.asname or one.name) not in KEYWORDS:
                            where = path.relative_to(root).as_posix()
                            yield f"not looked for: {where}: {one.name} as {one.asname}"


def label(message: catalog.Message) -> str:
    where = message.locations[0][0] if message.locations else PO.name
    text = key(message)[0] + (f" [{message.context}]" if message.context else "")
    return f"{where}: {text!r}"


def check(po: Path = PO, root: Path = ROOT) -> list[str]:
    compiled_file = po.with_suffix(".mo")
    current = compiled_file.read_bytes() if compiled_file.exists() else b""
    return sorted((*faults(extracted(root), read(po), current), *aliases(root)))


def main(command: str) -> int:
    if command == "extract":
        write(merged(extracted(), read()))
    elif command == "compile":
        PO.with_suffix(".mo").write_bytes(compiled(read()))
    elif command == "check":
        found = check()
        print("\n".join(found) if found else f"{len(messages(read()))} messages, all translated.")
        return bool(found)
    else:
        raise SystemExit(__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))
