"""Quotation marks within others are single ones in a Chinese sentence."""

import pytest

from healthcode.core import languages


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("查看了““亮码+测温”核验记录”列表。", "查看了“‘亮码+测温’核验记录”列表。"),
        ("查看了“管控单”列表，又查看了“人员”列表。", "查看了“管控单”列表，又查看了“人员”列表。"),
        ("登记“点对点”运送", "登记“点对点”运送"),
        ("没有引号", "没有引号"),
    ],
)
def test_inner_quotation_marks_are_single(text, read):
    assert languages.quoting(text) == read
