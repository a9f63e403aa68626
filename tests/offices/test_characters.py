"""Traditional characters and their simplified ones are one name."""

import pytest

from healthcode.core.offices.characters import simplified


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("張偉華", "张伟华"),
        ("嶽峯", "岳峰"),
        ("葉羣", "叶群"),
        ("鍾瀋傑", "钟沈杰"),
        ("王小明", "王小明"),
        ("Li 明", "Li 明"),
    ],
)
def test_a_name_is_read_in_simplified_characters(written, plain):
    assert simplified(written) == plain


def test_what_is_simplified_stays_so():
    everything = "".join(map(chr, range(0x3400, 0xA000)))
    once = simplified(everything)
    assert simplified(once) == once and len(once) == len(everything)
