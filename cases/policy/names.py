"""How the keys of a rule book are called, where the book itself has no words for them."""

from .colours import Colour
from .words import Words

COLOURS = {
    Colour.RED: Words("红码", "Red"),
    Colour.YELLOW: Words("黄码", "Yellow"),
    Colour.GREEN: Words("绿码", "Green"),
}
CHANNELS = {
    "REPORTED": Words("上报、录入", "reported, then entered"),
    "GROUP": Words("录入", "entered"),
    "COMMUNITY": Words("自主摸排发现后录入", "found by own screening, then entered"),
    "PROVINCE": Words("省级下发", "sent down"),
    "AUTOMATIC": Words("自动赋码", "assigned automatically"),
    "SELF": Words("填写健康码信息", "declared"),
    "ENGINE": Words("按规则自行生效", "opened by rule"),
}
NEEDS = {
    "index_case": Words("关联病例", "index case"),
    "area": Words("所列地区（场所）", "listed area or place"),
    "document": Words("文号", "document number"),
    "order_basis": Words("所依据的规定或决定", "rule or order it rests on"),
}
PLACES = {
    "HOSPITAL": Words("定点医疗机构", "designated hospital"),
    "ISOLATION_SITE": Words("集中隔离点", "isolation site"),
    "HOME": Words("家中", "home"),
}
YES = Words("是", "yes")
NO = Words("否", "no")
NONE = Words("—", "")
COUNT_FROM = {
    "began": Words("暴露或入境之日", "the day of exposure or entry"),
    "isolation": Words("隔离首日", "the first day of isolation"),
}
MOVEMENTS = {
    "FORBIDDEN": Words("不得流动", "must not move about"),
    "RESTRICTED": Words("限制出入", "restricted"),
    "NORMAL": Words("正常通行", "free to move"),
}
NOTHING = Words("无", "none")
PRESENT = Words("有", "yes")
