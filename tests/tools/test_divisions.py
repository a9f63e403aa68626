import pytest

from healthcode.core.offices import divisions

ROWS = {code: (name, parent, name_en) for code, name, parent, name_en in divisions.rows()}


def at_level(digits, prefix=""):
    return [code for code in ROWS if len(code) == digits and code.startswith(prefix)]


def test_every_code_has_one_of_the_four_lengths_and_appears_once():
    codes = [row[0] for row in divisions.rows()]
    assert len(codes) == len(set(codes))
    assert {len(code) for code in codes} == set(divisions.LENGTHS)


def test_parents_come_before_their_children():
    seen = {""}
    for code, _, parent, _ in divisions.rows():
        assert parent in seen, code
        assert parent == divisions.parent(code)
        seen.add(code)


def test_the_file_covers_the_country_by_province_and_zhejiang_to_the_township():
    assert len(at_level(2)) == 34
    assert [len(at_level(digits)) for digits in (4, 6, 9)] == [11, 90, 1387]
    assert all(at_level(9, county) for county in at_level(6))


@pytest.mark.parametrize(
    ("code", "name", "name_en"),
    [
        ("3306", "绍兴市", "Shaoxing City"),
        ("330602", "越城区", "Yuecheng District"),
        ("330624", "新昌县", "Xinchang County"),
        ("330624001", "羽林街道", "Yulin Subdistrict"),
        ("330624002", "南明街道", "Nanming Subdistrict"),
        ("330683200", "贵门乡", "Guimen Township"),
    ],
)
def test_known_divisions_carry_their_names(code, name, name_en):
    assert ROWS[code] == (name, divisions.parent(code), name_en)


def test_all_of_shaoxing_has_english_names():
    assert all(ROWS[code][2] for code in ROWS if code.startswith("3306"))
