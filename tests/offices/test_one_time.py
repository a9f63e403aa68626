"""First passwords: codes that can be typed from paper, hashed once, and no quicker to be wrong about."""

import math

import pytest
from django.contrib.auth.hashers import check_password, get_hasher, identify_hasher

from healthcode.core.offices import one_time


def test_a_code_has_enough_bits_for_a_plain_hash():
    code = one_time.new_code()
    letters = code.replace("-", "")
    assert set(letters) <= set(one_time.ALPHABET)
    assert len(letters) * math.log2(len(one_time.ALPHABET)) >= 112
    assert not set("il1o0") & set(one_time.ALPHABET)


def test_a_code_fits_itself_alone_and_each_hash_has_a_salt_of_its_own():
    code = one_time.new_code()
    kept = one_time.hashed(code)
    assert code not in kept
    assert check_password(code, kept)
    assert not check_password(one_time.new_code(), kept)
    assert one_time.hashed(code) != kept


@pytest.mark.parametrize(
    "written",
    [
        str.upper,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " "),
        lambda code: f" {code.replace('-', '－')}　",
        lambda code: "".join(chr(ord(sign) + 0xFEE0) if sign.isalnum() else "—" for sign in code),
    ],
    ids=["capitals", "without groups", "blanks", "wide hyphens", "a Chinese keyboard"],
)
def test_a_code_is_typed_from_paper_in_any_spelling_of_its_letters(written):
    code = one_time.new_code()
    kept = one_time.hashed(code)
    assert check_password(written(code), kept)
    assert not check_password(written(code[:-1]), kept)


def test_a_wrong_code_costs_what_a_wrong_password_costs(monkeypatch):
    hashed = []
    slow = type(get_hasher("default"))
    encode = slow.encode
    monkeypatch.setattr(slow, "encode", lambda self, *args: hashed.append(1) or encode(self, *args))
    kept = one_time.hashed(one_time.new_code())
    hashed.clear()
    check_password("wrong", kept)
    assert hashed


def test_what_a_human_chose_is_never_hashed_as_a_code(cast):
    user = cast.community_yulin
    user.set_password("four-words-in-a-row")
    assert identify_hasher(user.password).algorithm != one_time.CodeHasher.algorithm


def test_a_code_is_not_hashed_anew_when_it_is_used():
    kept = one_time.hashed(one_time.new_code())
    assert not identify_hasher(kept).must_update(kept)
