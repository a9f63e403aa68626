"""What others wrote is what the table says."""

import shutil

import pytest

from tools import vendored

pytestmark = pytest.mark.any_database


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(vendored.FOLDER, tmp_path / "vendor")


def test_the_files_are_those_of_the_table(folder):
    assert vendored.faults(folder) == []


def test_a_file_that_was_changed_is_named(folder):
    with (folder / "qr-encode.js").open("a") as file:
        file.write("\n")
    assert vendored.faults(folder) == ["qr-encode.js is not the file of the table."]


def test_a_file_that_nobody_named_and_a_row_without_a_file_are_named(folder):
    (folder / "qr-encode.js").rename(folder / "other.js")
    assert vendored.faults(folder) == ["other.js is not in the table.", "qr-encode.js is in the table alone."]
