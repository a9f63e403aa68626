"""The words that files use, in one table: of each meaning the first is the one that templates offer.

Beside these a column takes what the forms call the same thing, in either language, and the key itself.
"""

from collections.abc import Mapping
from difflib import SequenceMatcher, get_close_matches
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.db.models import TextChoices
from django.utils import translation

from cases.models import AreaChange, Presence
from cases.models.areas import Level
from cases.models.cases import EvidenceKind
from cases.models.people import DocumentType, Sex
from cases.models.results import Outcome
from cases.policy.spellings import one_spelling
from healthcode.core.offices.staff import OfficeKind, Role


class WordTable(dict[str, str]):
    """What each word of a column means, compared by identity: what was looked up once is remembered."""

    __hash__ = object.__hash__  # type: ignore[assignment]


def words_for(meanings: Mapping[Any, str], default: object = None) -> WordTable:
    """Return what each word means; where a column may be left empty, its empty cell too."""
    found = WordTable({word: str(key) for key, words in meanings.items() for word in words.split()})
    if default is not None:
        found[""] = str(default)
    return found


DOCUMENTS = words_for(
    {
        DocumentType.RESIDENT_ID: "居民身份证 身份证 二代身份证 临时居民身份证 临时身份证 户口簿 港澳台居民居住证"
        " 港澳居民居住证 台湾居民居住证 居住证",
        DocumentType.PASSPORT: "护照 普通护照 中国护照 外国护照 因私护照 因公护照",
        DocumentType.HK_MACAO_PERMIT: "港澳居民来往内地通行证 回乡证 港澳来往内地通行证 港澳居民通行证",
        DocumentType.TAIWAN_PERMIT: "台湾居民来往大陆通行证 台胞证 台湾居民通行证",
        DocumentType.FOREIGN_PR: "外国人永久居留身份证 外国人永久居留证 外国人居留证 永久居留身份证 永居证",
    },
    DocumentType.RESIDENT_ID,
)
SEXES = words_for(
    {Sex.MALE: "男 男性 M", Sex.FEMALE: "女 女性 F", Sex.UNKNOWN: "未说明 未知 不详"}, Sex.UNKNOWN
)
YES = words_for({True: "是 有 √ ✓ 对 Y yes 1", False: "否 无 没有 × N no 0"}, False)
INFECTED = {
    "CONFIRMED": "确诊病人 确诊病例",
    "SUSPECTED": "疑似病人 疑似病例",
    "ASYMPTOMATIC": "无症状感染者",
    "CLOSE_CONTACT": "密切接触者",
}
LINE_LIST_GROUNDS = words_for(dict(INFECTED))
GROUNDS = words_for(
    {
        **INFECTED,
        "OVERSEAS": "近14天内有境外旅居史 境外旅居史 近十四天内有境外旅居史",
        "SEVERE_AREA": "疫情严重态势地区旅居史 严重态势地区旅居史",
        "AUTO_RED": "系统自动赋红码 自动赋红码",
        "RISK_AREA": "中高风险地区旅居史",
        "AUTO_YELLOW": "系统自动赋黄码 自动赋黄码",
    }
)
ACTIONS = words_for({"OPEN": "赋码", "RELEASE": "解除 解除赋码"}, "OPEN")
REPORTED = {
    EvidenceKind.LAB_REPORT: "检验报告 检测报告 实验室检验报告",
    EvidenceKind.INVESTIGATION: "流调报告 流行病学调查报告",
    EvidenceKind.LETTER: "协查函",
}
LINE_LIST_EVIDENCE = words_for(dict(REPORTED))
EVIDENCE = words_for(
    {
        **REPORTED,
        EvidenceKind.ENTRY_RECORD: "航班或入境记录 入境记录 航班记录",
        EvidenceKind.SCREENING: "排查记录",
        EvidenceKind.DOCUMENT: "文件",
        EvidenceKind.TRACK: "轨迹 行程轨迹",
        EvidenceKind.DECLARATION: "健康码填报",
        EvidenceKind.DISCHARGE: "出院记录",
    }
)
LEVELS = words_for({Level.MEDIUM: "中风险 中", Level.HIGH: "高风险 高"})
MATTERS = words_for(
    {
        "LIST": "列入",
        AreaChange.Kind.LIFT: "解除",
        AreaChange.Kind.WITHDRAW: "撤回列入",
        AreaChange.Kind.UNLIFT: "撤回解除",
    },
    "LIST",
)
OUTCOMES = words_for(
    {
        # A bare dash is none of them: in a table it often says that nothing is there.
        Outcome.NEGATIVE: "阴性 阴 阴性(-) (-)",
        Outcome.POSITIVE: "阳性 阳 阳性(+) (+) +",
        Outcome.INCONCLUSIVE: "可疑",
        Outcome.PENDING: "待出结果 检测中",
        Outcome.LOST: "需重采 重采",
    }
)
TRACKS = words_for({Presence.Kind.STAY: "旅居", Presence.Kind.CONTACT: "接触"}, Presence.Kind.STAY)

CHOICES: tuple[type[TextChoices], ...] = (
    *(DocumentType, Sex, EvidenceKind, Level, Outcome),
    *(OfficeKind, Role),
)


@lru_cache(maxsize=20_000)
def meaning(words: WordTable, written: str) -> str | None:
    """Return the key of what is written, None where no word of the table, no form and no key says so."""
    text = _bare(written)
    if not text:
        return words.get("")
    known = {_bare(word): key for word, key in words.items()}
    return {**_of_forms(tuple(words.values())), **{_bare(key): key for key in words.values()}, **known}.get(
        text
    )


def offered(words: WordTable) -> list[str]:
    """Return of each meaning the first word."""
    first: dict[str, str] = {}
    for word, key in words.items():
        if word:
            first.setdefault(key, word)
    return list(first.values())


def near(words: WordTable, written: str) -> str:
    """Return the offered word that was probably meant; empty where none is near, or two that mean different things."""
    given = _bare(written)
    found = get_close_matches(given, [word for word in words if word], n=len(words), cutoff=0.5)
    if not found:
        return ""
    best = _likeness(given, found[0])
    meant = {words[word] for word in found if _likeness(given, word) == best}
    return next(word for word, key in words.items() if word and key in meant) if len(meant) == 1 else ""


def _likeness(given: str, word: str) -> float:
    return SequenceMatcher(None, word, given).ratio()


def _bare(text: str) -> str:
    return one_spelling(text).casefold().replace(" ", "")


@cache
def _of_forms(keys: tuple[str, ...]) -> dict[str, str]:
    """Return what forms call these keys, in every language of the portal."""
    found: dict[str, str] = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            for choices in CHOICES:
                found |= {_bare(str(one.label)): one.value for one in choices if one.value in keys}
    return found
