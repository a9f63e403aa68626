"""Personal numbers: sealed to their row, found by a keyed index, readable while a known key remains."""

import base64

import pytest

from healthcode.core import vault


def key(byte: int) -> str:
    return base64.urlsafe_b64encode(bytes([byte]) * 32).decode()


def test_what_was_sealed_opens_again():
    assert vault.decrypt(vault.encrypt("330624199001010018", owner="a"), owner="a") == "330624199001010018"


def test_the_same_text_is_sealed_differently_each_time():
    assert vault.encrypt("1", owner="a") != vault.encrypt("1", owner="a")


def test_the_text_does_not_show():
    assert b"330624" not in vault.encrypt("330624199001010018", owner="a")


def test_a_value_moved_to_another_row_does_not_open():
    with pytest.raises(vault.Unreadable):
        vault.decrypt(vault.encrypt("1", owner="document:1"), owner="document:2")


@pytest.mark.parametrize("at", [0, 5, -1])
def test_a_changed_value_does_not_open(at):
    sealed = bytearray(vault.encrypt("1", owner="a"))
    sealed[at] ^= 1
    with pytest.raises(vault.Unreadable):
        vault.decrypt(bytes(sealed), owner="a")


def test_an_empty_value_does_not_open():
    with pytest.raises(vault.Unreadable):
        vault.decrypt(b"", owner="a")


def test_after_a_rotation_the_old_opens_and_the_new_key_seals(settings):
    settings.VAULT_KEYS = [key(1)]
    old = vault.encrypt("1", owner="a")
    settings.VAULT_KEYS = [key(2), key(1)]
    new = vault.encrypt("1", owner="a")
    assert vault.decrypt(old, owner="a") == vault.decrypt(new, owner="a") == "1"
    assert old[:4] != new[:4]


def test_without_its_key_a_value_does_not_open(settings):
    settings.VAULT_KEYS = [key(1)]
    sealed = vault.encrypt("1", owner="a")
    settings.VAULT_KEYS = [key(2)]
    with pytest.raises(vault.Unreadable):
        vault.decrypt(sealed, owner="a")


def test_a_blind_index_finds_the_same_value_of_the_same_kind():
    assert vault.blind_index("1", kind="phone") == vault.blind_index("1", kind="phone")
    assert vault.blind_index("1", kind="phone") != vault.blind_index("1", kind="document")


def test_a_blind_index_depends_on_its_key(settings):
    before = vault.blind_index("1", kind="phone")
    settings.VAULT_INDEX_KEY = "another"
    assert vault.blind_index("1", kind="phone") != before
