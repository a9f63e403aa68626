"""The format of a pass: known answers, and what is refused before anything is looked up (docs/passes.md)."""

import base64
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from cases.passes import keys, signed
from cases.passes.signed import PassBody, PassKind
from cases.policy.colours import Colour

pytestmark = pytest.mark.any_database
DOCS = Path(__file__).parents[2] / "docs"
PHONE, PAPER, OTHER = (bytes(range(start, start + 32)) for start in (0, 32, 64))
AT = datetime(2020, 8, 1, 6, 2, 10, tzinfo=UTC)
ON_PHONE = PassBody(PassKind.PHONE, 1, AT, 90, bytes.fromhex("0123456789abcdef"), Colour.GREEN, age=12)
ON_PAPER = PassBody(PassKind.PAPER, 2, AT, 336, bytes.fromhex("fedcba9876543210"))


def key(kinds, number, secret):
    return f"{number}:{kinds}:{base64.urlsafe_b64encode(secret).decode()}"


def public(kinds, number, secret):
    data = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    return key(kinds, number, data)


@pytest.fixture(autouse=True)
def known(settings):
    settings.PASS_KEYS = [key("phone", 1, PHONE), key("paper", 2, PAPER)]
    settings.PASS_RETIRED_KEYS = []


def signed_by(secret, body):
    return signed.sign(body, Ed25519PrivateKey.from_private_bytes(secret))


def vectors():
    """Return the known answers of the page: what is signed, by which key, as which digits."""
    text = (DOCS / "passes.md").read_text()
    return re.findall(r"^\| (phone|paper) \| `([0-9a-f]{34})` \| `([0-9]{196})` \|$", text, re.MULTILINE)


def test_the_page_has_a_known_answer_of_each_kind():
    assert [kind for kind, *_rest in vectors()] == ["phone", "paper"]


@pytest.mark.parametrize(("place", "body", "secret"), [(0, ON_PHONE, PHONE), (1, ON_PAPER, PAPER)])
def test_the_known_answers_are_what_is_signed(place, body, secret):
    _kind, in_hexadecimal, digits = vectors()[place]
    assert body.to_bytes().hex() == in_hexadecimal
    assert signed_by(secret, body) == digits
    assert keys.opened(digits) == body


def run_verifier(digits, *public_keys):
    return subprocess.run(
        [sys.executable, str(DOCS / "verify_pass.py"), digits, *public_keys], capture_output=True, text=True
    )


def test_a_reader_that_knows_nothing_of_the_portal_reads_the_known_answers():
    (_phone, _body, digits), (_paper, _body_of_paper, on_paper) = vectors()
    both = (public("phone", 1, PHONE), public("paper", 2, PAPER))
    assert run_verifier(digits, *both).stdout == (
        "phone pass, key 1, handle 0123456789abcdef, colour green 12 s before\n"
        "counts from 2020-08-01T06:02:10Z for 90 s\n"
    )
    assert "paper pass, key 2, handle fedcba9876543210, no colour" in run_verifier(on_paper, *both).stdout


@pytest.mark.parametrize("wrong", ["digit", "key", "kind", "short"])
def test_a_reader_that_knows_nothing_of_the_portal_refuses_what_is_wrong(wrong):
    digits, own = vectors()[0][2], public("phone", 1, PHONE)
    if wrong == "digit":
        digits = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    if wrong == "short":
        digits = digits[:-1]
    if wrong == "key":
        own = public("phone", 1, OTHER)
    if wrong == "kind":
        own = public("paper", 1, PHONE)
    run = run_verifier(digits, own)
    assert run.returncode == 1 and run.stderr.startswith("WRONG")


@given(
    kind=st.sampled_from(PassKind),
    colour=st.sampled_from(signed.COLOURS),
    seconds=st.integers(0, 2**32 - 1),
    lifetime=st.integers(0, 2**16 - 1),
    age=st.integers(0, 255),
    handle=st.binary(min_size=8, max_size=8),
)
def test_whatever_is_signed_has_196_digits_and_is_read_as_it_was(
    kind, colour, seconds, lifetime, age, handle
):
    valid_from = datetime.fromtimestamp(seconds, UTC)
    body = PassBody(kind, kind + 1, valid_from, lifetime, handle, colour, age)
    digits = signed_by((PHONE, PAPER)[kind], body)
    assert len(digits) == 196
    assert keys.opened(digits) == body


def test_with_any_bit_turned_it_is_nobodys():
    number = int(signed_by(PAPER, ON_PAPER))
    turned = (f"{number ^ (1 << bit):0196d}" for bit in range(649))
    assert [digits for digits in turned if len(digits) == 196 and keys.opened(digits)] == []


@pytest.mark.parametrize(
    "typed", ["{}", " {} ", "\n{}\r\n"], ids=["plain", "between blanks", "between lines"]
)
def test_blanks_around_the_digits_are_no_part_of_them(typed):
    digits = signed_by(PAPER, ON_PAPER)
    assert signed.digits_of(typed.format(digits)) == digits


def test_full_width_digits_in_groups_are_the_same():
    digits = signed_by(PAPER, ON_PAPER)
    wide = digits.translate({ord("0") + one: chr(ord("0") + one) for one in range(10)})
    grouped = " ".join(wide[start : start + 4] for start in range(0, 196, 4))
    assert signed.digits_of(grouped) == digits


@pytest.mark.parametrize("text", ["9" * 195, "1" * 197, "330624199003078217", "a" * 196, "٣" * 196, ""])
def test_anything_else_is_no_pass(text):
    assert signed.digits_of(text) == ""


@pytest.mark.parametrize("digits", ["0" * 196, "9" * 196, str(2**648 + 1), str(2**649 - 1)])
def test_196_digits_that_nobody_signed_are_nobodys(digits):
    assert keys.opened(digits) is None


def test_a_key_signs_its_own_kind_alone():
    forged = PassBody(PassKind.PAPER, 1, AT, 336, ON_PAPER.handle)
    assert keys.opened(signed_by(PHONE, forged)) is None


def test_what_a_retired_key_signed_is_still_read(settings):
    digits = signed_by(PAPER, ON_PAPER)
    settings.PASS_KEYS = [key("phone", 1, PHONE), key("paper", 3, OTHER)]
    assert keys.opened(digits) is None
    settings.PASS_RETIRED_KEYS = [public("paper", 2, PAPER)]
    assert keys.opened(digits) == ON_PAPER
    assert keys.signing(PassKind.PAPER).number == 3


def test_the_public_half_is_written_as_it_is_retired(settings):
    assert keys.public_of(keys.signing(PassKind.PAPER)) == public("paper", 2, PAPER)


@pytest.mark.parametrize(
    ("seconds", "counts"), [(-31, False), (-30, True), (0, True), (90, True), (120, True), (121, False)]
)
def test_it_counts_for_its_lifetime_and_half_a_minute_of_skew(seconds, counts):
    assert ON_PHONE.lasts(AT + timedelta(seconds=seconds)) is counts


@pytest.mark.parametrize(
    ("present", "retired"),
    [
        ([], []),
        (["1:phone:AAAA"], []),
        ([key("phone", 1, PHONE)], []),
        ([key("phone", 1, PHONE), key("paper", 1, PAPER)], []),
        ([key("phone", 256, PHONE), key("paper", 2, PAPER)], []),
        ([key("phone", 1, PHONE), key("paper", 2, PAPER)], [public("paper", 2, OTHER)]),
        ([key("phone", 1, PHONE), key("watch", 2, PAPER)], []),
        ([key("phone", 1, PHONE), key("paper", 2, PAPER)], ["2"]),
    ],
)
def test_keys_that_are_wrong_are_named_without_their_private_half(settings, present, retired):
    settings.PASS_KEYS, settings.PASS_RETIRED_KEYS = present, retired
    assert keys.faults()
    assert not any(text.rpartition(":")[2] in fault for fault in keys.faults() for text in present)


def test_the_key_of_the_seals_signs_no_pass(settings):
    settings.SEAL_KEY = base64.urlsafe_b64encode(PAPER).decode()
    assert keys.faults() == ["Key 2 is the one that seals the ledger."]
