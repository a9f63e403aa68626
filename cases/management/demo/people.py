"""Names and numbers of demo persons: made up, deterministic, with valid check digits."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from stdnum.cn import ric

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英文华玉萍红鹏辉玲建国志梅海波宁"


def names(rng: Random) -> Iterator[str]:
    """Yield full names without end."""
    while True:
        yield rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2, 2))))


def resident_numbers(rng: Random, *, region: str = "330624") -> Iterator[tuple[str, date]]:
    """Yield resident numbers with their dates of birth, none twice."""
    serial = 0
    while True:
        serial += 1
        born = date(1938, 1, 1) + timedelta(days=rng.randrange(365 * 78))
        digits = f"{region}{born:%Y%m%d}{serial % 1000:03d}"
        yield digits + ric.calc_check_digit(digits + "0"), born
