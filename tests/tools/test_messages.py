import gettext
import io

import pytest

from tools import messages

PYTHON = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext_lazy
_("Open")
_("In two "
  "halves")
ngettext("%(count)d person released.", "%(count)d people released.", 2)
pgettext_lazy("verb", "Open")
f"{_('Case')} {pk}"
not_marked("Elsewhere")
"""
TEMPLATE = """{% load i18n %}{% trans "Ends" context "order" %}
{% blocktranslate count total=total %}One case{% plural %}{{ total }} cases{% endblocktranslate %}
    <ul>
        {# Translators: on the home page #}
        <li>{% translate "Waiting" %} Plain text
  </ul>"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "cases" / "migrations").mkdir(parents=True)
    (tmp_path / "templates").mkdir()
    (tmp_path / "cases" / "pages.py").write_text(PYTHON)
    (tmp_path / "cases" / "migrations" / "0001.py").write_text('_("Old name")')
    (tmp_path / "templates" / "home.html").write_text(TEMPLATE)
    return tmp_path


@pytest.fixture
def po(tmp_path):
    return tmp_path / "locale" / "django.po"


def translate(po, pairs):
    text = po.read_text()
    for source, target in pairs.items():
        before, line, after = text.partition(source)
        assert line
        text = before + line + after.replace('""', f'"{target}"', 1)
    po.write_text(text)


ALL = {
    'msgid "In two halves"\nmsgstr ': "两半",
    'msgid_plural "%(count)d people released."\nmsgstr[0] ': "%(count)d人已解除。",
    'msgid "Waiting"\nmsgstr ': "待办",
    'msgid_plural "%(total)s cases"\nmsgstr[0] ': "%(total)s条",
    'msgid "Case"\nmsgstr ': "赋码记录",
    'msgctxt "order"\nmsgid "Ends"\nmsgstr ': "届满",
    'msgctxt "verb"\nmsgid "Open"\nmsgstr ': "打开",
    '#: cases/pages.py\nmsgid "Open"\nmsgstr ': "未结",
}


@pytest.fixture
def complete(root, po):
    messages.write(messages.extracted(root), po)
    translate(po, ALL)
    po.with_suffix(".mo").write_bytes(messages.compiled(messages.read(po)))
    return po


def test_every_marked_string_is_found_and_nothing_else(root):
    found = {messages.key(message): message.id for message in messages.messages(messages.extracted(root))}
    assert found == {
        ("Open", None): "Open",
        ("Open", "verb"): "Open",
        ("Case", None): "Case",
        ("In two halves", None): "In two halves",
        ("%(count)d person released.", None): ("%(count)d person released.", "%(count)d people released."),
        ("Ends", "order"): "Ends",
        ("One case", None): ("One case", "%(total)s cases"),
        ("Waiting", None): "Waiting",
    }


def test_the_notes_for_translators_are_kept(root):
    found = messages.extracted(root).get("Waiting")
    assert found.auto_comments == ["Translators: on the home page"]


def test_a_complete_catalogue_has_no_faults(complete, root):
    assert messages.check(complete, root) == []


def test_merging_keeps_translations_and_drops_what_nobody_says_any_more(complete, root):
    (root / "templates" / "home.html").unlink()
    messages.write(messages.merged(messages.extracted(root), messages.read(complete)), complete)
    text = complete.read_text()
    assert "两半" in text
    assert "Waiting" not in text


def test_merging_without_a_change_writes_the_same_bytes(complete, root):
    before = complete.read_bytes()
    messages.write(messages.merged(messages.extracted(root), messages.read(complete)), complete)
    assert complete.read_bytes() == before


def test_compiling_twice_gives_the_same_bytes(complete):
    assert messages.compiled(messages.read(complete)) == messages.compiled(messages.read(complete))


def test_gettext_reads_what_was_compiled(complete):
    catalogue = gettext.GNUTranslations(io.BytesIO(messages.compiled(messages.read(complete))))
    assert catalogue.gettext("Open") == "未结"
    assert catalogue.pgettext("verb", "Open") == "打开"
    plural = catalogue.ngettext("%(count)d person released.", "%(count)d people released.", 5)
    assert plural % {"count": 5} == "5人已解除。"


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('"两半"', '""', "untranslated"),
        ('"待办"', '"待办{n}"', "placeholders ['{n}'] instead of []"),
        ("%(count)d人", "%(number)d人", "placeholders ['%(number)d']"),
        ('msgid "Waiting"', '#, fuzzy\nmsgid "Waiting"', "fuzzy"),
        ('msgid "Waiting"', 'msgid "Waited"', "missing"),
        ('msgid "Waiting"', 'msgid "Waited"', "unused"),
        ('"待办"', '"等候"', "stale .mo"),
        ('msgid_plural "%(total)s cases"', 'msgid_plural "%(total)s files"', "plural changed"),
    ],
)
def test_each_fault_is_named(complete, root, before, after, fault):
    text = complete.read_text()
    assert before in text
    complete.write_text(text.replace(before, after))
    assert any(line.startswith(fault) for line in messages.check(complete, root))


def test_a_doubtful_translation_is_not_compiled(complete):
    complete.write_text(complete.read_text().replace('msgid "Waiting"', '#, fuzzy\nmsgid "Waiting"'))
    assert "待办".encode() not in messages.compiled(messages.read(complete))


def test_a_name_of_gettext_that_is_not_looked_for_is_a_fault(complete, root):
    (root / "cases" / "forms.py").write_text("from django.utils.translation import gettext as _now")
    assert "not looked for: cases/forms.py: gettext as _now" in messages.check(complete, root)
