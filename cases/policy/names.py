"""How the keys of a rule book are called, where the book itself has no words for them."""

from .colours import Colour
from .words import Bilingual

COLOURS = {
    Colour.RED: Bilingual("红码", "Red"),
    Colour.YELLOW: Bilingual("黄码", "Yellow"),
    Colour.GREEN: Bilingual("绿码", "Green"),
}
CHANNELS = {
    "REPORTED": Bilingual("上报、录入", "reported, then entered"),
    "GROUP": Bilingual("录入", "entered"),
    "COMMUNITY": Bilingual("自主摸排发现后录入", "found by own screening, then entered"),
    "PROVINCE": Bilingual("省级下发", "sent down"),
    "AUTOMATIC": Bilingual("自动赋码", "assigned automatically"),
    "SELF": Bilingual("填写健康码信息", "declared"),
    "ENGINE": Bilingual("按规则自行生效", "opened by rule"),
}
NEEDS = {
    "index_case": Bilingual("关联病例", "index case"),
    "area": Bilingual("所列地区（场所）", "listed area or place"),
    "document": Bilingual("文号", "document number"),
    "order_basis": Bilingual("所依据的规定或决定", "rule or order it rests on"),
}
PLACES = {
    "HOSPITAL": Bilingual("定点医疗机构", "designated hospital"),
    "ISOLATION_SITE": Bilingual("集中隔离点", "isolation site"),
    "HOME": Bilingual("家中", "home"),
}
YES = Bilingual("是", "yes")
NO = Bilingual("否", "no")
NONE = Bilingual("—", "")
COUNT_FROM = {
    "began": Bilingual("暴露或入境之日", "the day of exposure or entry"),
    "isolation": Bilingual("隔离首日", "the first day of isolation"),
}

MOVEMENTS = {
    "FORBIDDEN": Bilingual("不得流动", "must not move about"),
    "RESTRICTED": Bilingual("限制出入", "restricted"),
    "NORMAL": Bilingual("正常通行", "free to move"),
}
NOTHING = Bilingual("无", "none")
PRESENT = Bilingual("有", "yes")


def value(given: object) -> Bilingual:
    """Return the words of a parameter's value: a switch, a choice, or a number as it is."""
    if isinstance(given, bool):
        return YES if given else NO
    known = COUNT_FROM.get(given) if isinstance(given, str) else None
    return known or Bilingual(str(given), str(given))
