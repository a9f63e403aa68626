"""What the columns of a file of offices, staff or venues take."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.feeds import columns, templates, words
from cases.feeds.columns import Cells, Column
from cases.feeds.words import WordTable
from cases.models import RuleBook
from cases.models.setup_files import SetupKind
from cases.services.engine.refusals import Refusal
from healthcode.core import languages
from healthcode.core.offices import places
from healthcode.core.offices.models import Office
from healthcode.core.offices.staff import OfficeKind, Role

OFFICES = {
    "单位代码": "code",
    "单位名称": "name",
    "英文名称": "name_en",
    "单位类别": "kind",
    "辖区": "division",
    "电话": "phone",
    "地址": "address",
    "办公时间": "hours",
}
STAFF = {
    "登录名": "username",
    "姓名": "name",
    "手机号": "phone",
    "角色": "role",
    "单位": "office",
    "单位负责人": "is_head",
}
VENUES = {
    "场所名称": "name",
    "英文名称": "name_en",
    "场所类别": "kind",
    "管理单位": "office",
    "所在区划": "division",
}
# The same in English; in either language a heading may also name the column as it is called here.
ENGLISH = {
    SetupKind.OFFICES: {
        "Office code": "code",
        "Office name": "name",
        "English name": "name_en",
        "Kind of office": "kind",
        "Jurisdiction": "division",
        "Telephone": "phone",
        "Address": "address",
        "Opening hours": "hours",
    },
    SetupKind.STAFF: {
        "Username": "username",
        "Name": "name",
        "Telephone": "phone",
        "Role": "role",
        "Office": "office",
        "Head of the office": "is_head",
    },
    SetupKind.VENUES: {
        "Venue name": "name",
        "English name": "name_en",
        "Kind of venue": "kind",
        "Guarded by": "office",
        "Division": "division",
    },
}
ALIASES = {
    SetupKind.OFFICES: {"代码": "code", "名称": "name", "类别": "kind", "单位类型": "kind", "管辖区划": "division",
                        "联系电话": "phone", "开放时间": "hours"},
    SetupKind.STAFF: {"账号": "username", "用户名": "username", "联系电话": "phone", "电话": "phone", "岗位": "role",
                      "单位代码": "office", "单位名称": "office", "负责人": "is_head"},
    SetupKind.VENUES: {"名称": "name", "类别": "kind", "场所类型": "kind", "单位": "office", "区划": "division"},
}  # fmt: skip
HEADINGS: Mapping[str, Mapping[str, str]] = {
    SetupKind.OFFICES: OFFICES,
    SetupKind.STAFF: STAFF,
    SetupKind.VENUES: VENUES,
}
REQUIRED: Mapping[str, Sequence[str]] = {
    SetupKind.OFFICES: ("code", "name", "kind", "division"),
    SetupKind.STAFF: ("username", "name", "role", "office"),
    SetupKind.VENUES: ("name", "kind", "office"),
}


class UnknownOffice(Refusal):
    code = "setup.unknown_office"
    message = _(
        "There is no office “%(value)s”: give its code or its full name. Offices are granted before their staff."
    )
    field = "office"


class SeveralOffices(Refusal):
    code = "setup.several_offices"
    message = _("Several offices are called “%(value)s”: give the code of one.")
    field = "office"


class OfficesByName:
    """All offices, read once: for a file that names them thousands of times."""

    def __init__(self) -> None:
        self._by_code: dict[str, Office] = {}
        self._by_name = defaultdict[str, list[Office]](list)
        for office in Office.objects.all():
            self._by_code[office.code] = office
            for name in {office.name, office.name_en.casefold()} - {""}:
                self._by_name[name].append(office)

    def find(self, written: str) -> Office:
        """Return the office of a code or a full name."""
        if written in self._by_code:
            return self._by_code[written]
        named = self._by_name.get(written) or self._by_name.get(written.casefold()) or []
        if len(named) > 1:
            raise SeveralOffices(value=written)
        if not named:
            raise UnknownOffice(value=written)
        return named[0]


@dataclass(frozen=True)
class Known:
    """What the cells of one file are read by: divisions, offices and kinds of venue, each asked for once."""

    gazetteer: places.Gazetteer = field(default_factory=places.Gazetteer)
    offices: OfficesByName = field(default_factory=OfficesByName)

    def division(self, cells: Cells, name: str) -> str:
        """Return the code of the division that a cell names."""
        return places.find(cells[name], among=self.gazetteer).code

    def office(self, cells: Cells, name: str) -> str:
        """Return the code of the office that a cell names."""
        return self.offices.find(cells[name]).code


OFFICE_KINDS = words.words_for(
    {
        OfficeKind.CDC: "疾控中心 疾病预防控制中心",
        OfficeKind.GROUP: "重点人员管控组 管控组",
        OfficeKind.HOSPITAL: "定点医疗机构 定点医院 医院",
        OfficeKind.COMMUNITY: "社区 村 村社区",
        OfficeKind.ISOLATION_SITE: "集中隔离点 隔离点 集中医学观察点",
        OfficeKind.SERVICE_POINT: "综合服务点 服务点",
        OfficeKind.FEVER_CLINIC: "发热门诊",
        OfficeKind.PROVINCE: "省疫情防控平台 省平台",
        OfficeKind.FEED: "关联信息来源",
        OfficeKind.CITIZEN_CHANNEL: "本人填写渠道",
        OfficeKind.VENUE: "场所",
        OfficeKind.HOTLINE: "政务服务热线12345 12345热线",
        OfficeKind.BUREAU: "市大数据局 大数据局",
        OfficeKind.PREVENTION: "防控办 疫情防控办",
        OfficeKind.HEALTH_COMMISSION: "卫生健康委 卫健委 卫健局",
        OfficeKind.SUPERVISION: "督查机构",
        OfficeKind.ADMINISTRATION: "账号管理机构",
    }
)
ROLES = words.words_for(
    {
        Role.CDC: "疾控中心工作人员 疾控人员",
        Role.GROUP: "重点人员管控组工作人员 管控组人员",
        Role.HOSPITAL: "定点医疗机构工作人员 医院人员",
        Role.COMMUNITY: "社区管控人员 社区人员",
        Role.OFFICER: "管控责任人 责任人",
        Role.SERVICE_POINT: "综合服务点工作人员 服务点人员",
        Role.CLINIC: "发热门诊工作人员",
        Role.GATE: "场所核验人员 核验人员",
        Role.BUREAU: "市大数据局工作人员 大数据局人员",
        Role.COMPLAINT_LEAD: "投诉咨询负责人",
        Role.DUTY_LEAD: "值班负责人",
        Role.POLICY_EDITOR: "政策编制人员",
        Role.SUPERVISOR: "督查人员",
        Role.ADMINISTRATOR: "账号管理员",
        Role.PROVINCE: "省疫情防控平台（接口）",
        Role.FEED: "关联信息来源（接口）",
        Role.CITIZEN: "本人填写渠道（接口）",
        Role.HOTLINE: "政务服务热线12345（接口）",
    }
)


def venue_kinds(at: datetime) -> WordTable:
    """Return the kinds of venue of the rule book in force, by their words in each language."""
    kinds = RuleBook.objects.in_force(at).policy.venues
    own = languages.current()
    languages_of = sorted((code for code, _name in settings.LANGUAGES), key=lambda code: code != own)
    return WordTable({kind.words.text(code): key for code in languages_of for key, kind in kinds.items()})


@cache
def _in_words_of(language: str, name: str) -> WordTable:
    """Return a table whose first word of each meaning is one of the reader's language: these are offered."""
    tables: dict[str, tuple[WordTable, Sequence[tuple[str, str | Promise]]]] = {
        "kinds": (OFFICE_KINDS, OfficeKind.choices),
        "roles": (ROLES, [one for one in Role.choices if one[0] != Role.SYSTEM]),
        "yes": (words.YES, [(str(True), "yes"), (str(False), "no")]),
    }
    table, english = tables[name]
    return table if language != "en" else WordTable({**{str(word): key for key, word in english}, **table})


def takes(kind: str, at: datetime, known: Known | None = None) -> dict[str, Column]:
    """Return what each column of a kind takes; without `known` for templates alone."""
    place = columns.division("新昌县羽林街道")
    division = Column(known.division if known else None, example=place.example, hint=place.hint)
    named = _("an office that is open: its code or its full name")
    if kind == SetupKind.OFFICES:
        return {
            "code": columns.text(
                "community-yulin", _("short, of letters, digits, - and _; it never changes")
            ),
            "name": columns.text("羽林街道某社区"),
            "name_en": columns.text("", _("may be left empty")),
            "kind": _word("kinds", OfficeKind.COMMUNITY),
            "division": division,
            "phone": columns.text("0575-86000000"),
            "address": columns.text("羽林街道人民路1号"),
            "hours": columns.text("8:30–17:00"),
        }
    office = Column(known.office if known else None, example="community-yulin", hint=named)
    if kind == SetupKind.STAFF:
        return {
            "username": columns.text(
                "yulin.zhang",
                _("letters from a to z, Chinese characters, digits and . _ - @; it never changes"),
            ),
            "name": columns.text("张三"),
            "phone": columns.text("13800000000", _("their own: it tells people of the same name apart")),
            "role": _word("roles", Role.COMMUNITY),
            "office": office,
            "is_head": _word("yes", str(False)),
        }
    kinds = venue_kinds(at)
    return {
        "name": columns.text("羽林农贸市场东门"),
        "name_en": columns.text("", _("may be left empty")),
        "kind": columns.of_words(kinds, words.offered(kinds)[0]),
        "office": Column(known.office if known else None, example="venue-yulin", hint=named),
        "division": Column(
            division.read, example=place.example, hint=_("may be left empty: then the area of the office")
        ),
    }


def _word(name: str, example: str) -> Column:
    """Return a column of words, with the one of a meaning as its example."""
    table = _in_words_of(languages.current(), name)
    return columns.of_words(table, next(word for word, key in table.items() if key == example))


def headings(kind: str) -> dict[str, str]:
    """Return what a file's columns may be called: first as in the reader's language, then whatever else is taken."""
    return {**_own(kind), **HEADINGS[kind], **ENGLISH[SetupKind(kind)], **ALIASES[SetupKind(kind)]}


def helps(kind: str, at: datetime) -> list[templates.Help]:
    """Return what to write in each column, headed in the reader's language."""
    return templates.helps(_own(kind), takes(kind, at), REQUIRED[kind])


def word_of(kind: str, name: str) -> str:
    """Return what the heading calls a column, in the reader's language."""
    return next((word for word, known in _own(kind).items() if known == name), name)


def _own(kind: str) -> Mapping[str, str]:
    return ENGLISH[SetupKind(kind)] if languages.current() == "en" else HEADINGS[kind]
