"""Names, documents and telephones: what is one however it is written, what is likely one, and what is two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.policy import spellings
from cases.policy.spellings import countries
from cases.services.persons import countries as issuers

TEXTS = st.text(max_size=40)
DIGITS = st.text("0123456789", min_size=8, max_size=8)
UNSEEN = ["\u200b", "\ufeff", "\u00ad", "\u2060", "\u3164", "\ufe0f"]


@given(TEXTS)
def test_a_spelling_is_its_own_spelling(text):
    for spelled in (spellings.one_spelling, spellings.name, spellings.laboratory, spellings.telephone):
        assert spelled(spelled(text)) == spelled(text)


@given(TEXTS, TEXTS)
def test_names_are_compared_both_ways_alike(one, other):
    assert spellings.same_name(one, other) == spellings.same_name(other, one)
    assert spellings.like_name(one, other) == spellings.like_name(other, one)


@given(st.sampled_from(UNSEEN), st.integers(0, 18), st.sampled_from(["RESIDENT_ID", "FOREIGN_PR"]))
def test_what_nobody_sees_is_in_no_number(sign, at, kind):
    number = "330624199001011234"
    assert spellings.document(kind, number[:at] + sign + number[at:]) == ("RESIDENT_ID", number)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("阿卜杜拉·艾买提", f"阿卜杜拉{dot}艾买提") for dot in ".．‧・･•-－—∙⋅ "),
        ("阿卜杜拉·艾买提", "阿卜杜拉艾买提"),
        ("张三", "张\u200b三"),
        ("张三", "\ufeff张 三"),
        ("SMITH JOHN", "John Smith"),
        ("SMITH JOHN", "ＳＭＩＴＨ，　ＪＯＨＮ"),
        ("ZHANG XIAOMING", "Xiao Ming Zhang"),
        ("O'BRIEN ANN", "Ann OBrien"),
        ("JEAN-PAUL SARTRE", "SARTRE JEAN PAUL"),
        ("MÜLLER HANS", "HANS MUELLER"),
        ("MÜLLER HANS", "HANS MULLER"),
        ("Mu\u0308ller Hans", "HANS MULLER"),
        ("LÜ BU", "LYU BU"),
        ("LÜ BU", "LV BU"),
        ("ÅSTRÖM EVA", "AASTROEM EVA"),
        ("ÅSTRÖM EVA", "ASTROM EVA"),
        ("ÅSTRÖM EVA", "ASTROEM EVA"),
        ("STRAẞE KARL", "STRASSE KARL"),
        ("NGUYỄN ĐỨC", "NGUYEN DUC"),
        ("김철수", "김철수"),
    ],
)
def test_these_names_are_one(one, other):
    assert spellings.same_name(one, other)
    assert not spellings.like_name("王五", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("陳大文", "陈大文"),
        ("葉問", "叶问"),
        ("MUELLER HANS", "MULLER HANS"),
        ("SMITH JOHN", "SMITH JOHN PAUL"),
        ("SMITH JON", "SMITH JOHN"),
        ("MULLER HANS", "MÜLLER HANS PETER"),
        ("HANS MUELLER", "Müller, Hans Peter"),
        ("阿卜杜拉·艾买提", "阿卜杜拉"),
        ("王佐拓 WANG ZUOTUO", "王佐拓"),
    ],
)
def test_these_names_are_likely_one(one, other):
    assert not spellings.same_name(one, other)
    assert spellings.like_name(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张三", "李四"),
        ("张三", "张四"),
        ("张三", "张三丰"),
        ("SMITH JOHN", "MILLER JOHN"),
        ("MÜLLER HANS", "MILLER HANS PETER"),
        ("が", "か"),
        ("张三", ""),
        ("", ""),
    ],
)
def test_these_names_are_two(one, other):
    assert not spellings.same_name(one, other)
    assert not spellings.like_name(one, other)


@pytest.mark.parametrize("dot", list(".．‧・･•-∙⋅。"))
def test_a_name_is_stored_with_one_dot(dot):
    assert spellings.name(f"阿卜杜拉 {dot} 艾买提") == "阿卜杜拉·艾买提"


@pytest.mark.parametrize("written", ["J. SMITH", "JEAN-PAUL SARTRE"])
def test_the_dots_of_latin_names_stay(written):
    assert spellings.name(written) == written


@pytest.mark.parametrize(
    ("kind", "written", "is_one"),
    [
        ("RESIDENT_ID", "33062419900101123x", ("RESIDENT_ID", "33062419900101123X")),
        ("RESIDENT_ID", "330624 19900101 123×", ("RESIDENT_ID", "33062419900101123X")),
        ("RESIDENT_ID", '="３３０６２４１９９００１０１１２３ｘ"', ("RESIDENT_ID", "33062419900101123X")),
        ("RESIDENT_ID", "330624900101123", ("RESIDENT_ID", "33062419900101123X")),
        ("HK_MACAO_PERMIT", "810000199408230021", ("RESIDENT_ID", "810000199408230021")),
        ("TAIWAN_PERMIT", "830000199201300022", ("RESIDENT_ID", "830000199201300022")),
        ("HK_MACAO_PERMIT", "h12345678", ("HK_MACAO_PERMIT", "H12345678")),
        ("HK_MACAO_PERMIT", "H12345678（01）", ("HK_MACAO_PERMIT", "H12345678")),
        ("HK_MACAO_PERMIT", "M1234567802", ("HK_MACAO_PERMIT", "M12345678")),
        ("TAIWAN_PERMIT", "12345678", ("TAIWAN_PERMIT", "12345678")),
        ("TAIWAN_PERMIT", "1234567801(B)", ("TAIWAN_PERMIT", "12345678")),
        ("TAIWAN_PERMIT", "12345678（B）", ("TAIWAN_PERMIT", "12345678")),
        ("FOREIGN_PR", "CAN 1100-8101-0101", ("FOREIGN_PR", "CAN110081010101")),
        ("FOREIGN_PR", "911124198108030024", ("FOREIGN_PR", "911124198108030024")),
        ("RESIDENT_ID", "911124198108030024", ("FOREIGN_PR", "911124198108030024")),
        ("PASSPORT", "e 1234 5678<", ("PASSPORT", "E12345678")),
        ("PASSPORT", "330624199001011233", ("PASSPORT", "330624199001011233")),
    ],
)
def test_a_document_has_one_number_on_whatever_card(kind, written, is_one):
    assert spellings.document(kind, written) == is_one


@pytest.mark.parametrize("written", ["3306**********1233", "E12***678", "E1234567/E7654321"])
def test_what_is_no_separator_stays_and_is_refused(written):
    assert spellings.document("PASSPORT", written) == ("PASSPORT", written)


@pytest.mark.parametrize(
    "written", ["{}", "86{}", "+86 {}", "0086-{}", "＋８６{}", "(86) {}", "0{}", "+860{}", "'{}", "{}\u200b"]
)
@given(DIGITS)
def test_a_mobile_is_one_number(written, digits):
    number = f"138{digits}"
    split = f"{number[:3]} {number[3:7]}-{number[7:]}"
    assert {spellings.telephone(written.format(one)) for one in (number, split)} == {number}


@pytest.mark.parametrize(
    ("written", "number"),
    [
        *(
            (one, "057586012345")
            for one in ("0575-86012345", "(0575)8601 2345", "+86 575 86012345", "+86 (0)575 86012345")
        ),
        *(
            (one, "057586012345")
            for one in ("86-575-86012345", "008657586012345", "575-86012345", "８６０５７５８６０１２３４５")
        ),
        *((one, "01086012345") for one in ("010 8601 2345", "+86-10-86012345", "861086012345")),
        *(
            (one, "057586012345801")
            for one in ("0575-86012345-801", "0575-86012345转801", "0575-86012345 ext. 801")
        ),
        *((one, "86012345") for one in ("86012345", "8601 2345", "8601-2345")),
        *((one, "4008123456") for one in ("400-812-3456", "+86 400 812 3456")),
        *((one, "+821012345678") for one in ("+82 10-1234-5678", "0082 10 1234 5678")),
        ("95511", "95511"),
        ("", ""),
        ("无", "无"),
    ],
)
def test_a_telephone_number_is_one_with_and_without_its_country(written, number):
    assert spellings.telephone(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "绍兴市人民医院（检验科）",
        "绍兴市人民医院(检验科)",
        "绍兴市 人民医院 （ 检验科 ）",
        "绍兴市人民医院\u200b(检验科)",
    ],
)
def test_a_laboratory_is_one(written):
    assert spellings.laboratory(written) == "绍兴市人民医院(检验科)"


def test_every_country_with_a_name_issues_passports_and_no_name_is_two_countries():
    lines = [line.split("\t") for line in countries.TABLE.read_text(encoding="utf-8").splitlines()]
    assert {line[0] for line in lines} <= issuers.CODES
    names = [spellings.one_spelling(name).casefold() for _code, *names in lines for name in names]
    assert len(names) == len(set(names))
    assert all(spellings.country(name) == code for code, *names in lines for name in names)
