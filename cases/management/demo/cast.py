"""The demo cast: offices and users with fixed names, so that tours, tests and screenshots agree."""

import secrets
from datetime import datetime, timedelta

from django.contrib.auth import hashers
from django.db import transaction

from healthcode.core.audit import takeover
from healthcode.core.offices import divisions
from healthcode.core.offices.models import Division, Office, User

SEATED = timedelta(days=60)  # how long before the demo everybody has had their post: longer than its story is
OFFICES = (
    # code, kind, division, Chinese name, English name, telephone
    ("cdc-xinchang", "CDC", "330624", "新昌县疾控中心", "Xinchang CDC", "0575-86000001"),
    ("cdc-city", "CDC", "3306", "绍兴市疾控中心", "Shaoxing CDC", "0575-88000001"),
    ("group-xinchang", "GROUP", "330624", "新昌县重点人员管控组", "Xinchang control group", "0575-86000002"),
    ("group-city", "GROUP", "3306", "绍兴市重点人员管控组", "Shaoxing control group", "0575-88000002"),
    ("hospital-city", "HOSPITAL", "3306", "绍兴市定点医院", "Designated hospital", "0575-88000003"),
    (
        "isolation-xinchang",
        "ISOLATION_SITE",
        "330624",
        "新昌县集中隔离点",
        "Xinchang isolation site",
        "0575-86000008",
    ),
    ("community-yulin", "COMMUNITY", "330624001", "羽林街道社区管控", "Yulin community", "0575-86000003"),
    ("community-nanming", "COMMUNITY", "330624002", "南明街道社区管控", "Nanming community", "0575-86000004"),
    ("community-yuecheng", "COMMUNITY", "330602001", "塔山街道社区管控", "Tashan community", "0575-88000004"),
    (
        "service-xinchang",
        "SERVICE_POINT",
        "330624",
        "新昌县综合服务点",
        "Xinchang service point",
        "0575-86000005",
    ),
    (
        "service-yuecheng",
        "SERVICE_POINT",
        "330602",
        "越城区综合服务点",
        "Yuecheng service point",
        "0575-88000005",
    ),
    (
        "clinic-xinchang",
        "FEVER_CLINIC",
        "330624",
        "新昌县人民医院发热门诊",
        "Xinchang fever clinic",
        "0575-86000006",
    ),
    ("bureau", "BUREAU", "3306", "绍兴市大数据局", "City big-data bureau", "85085591"),
    ("prevention-city", "PREVENTION", "3306", "绍兴市防控办", "Shaoxing prevention office", "0575-88000006"),
    (
        "prevention-xinchang",
        "PREVENTION",
        "330624",
        "新昌县防控办",
        "Xinchang prevention office",
        "0575-86000007",
    ),
    (
        "health-commission",
        "HEALTH_COMMISSION",
        "3306",
        "绍兴市卫生健康委",
        "Shaoxing health commission",
        "0575-88000007",
    ),
    ("supervision", "SUPERVISION", "3306", "绍兴市督查组", "Shaoxing supervision", "0575-88000008"),
    ("administration", "ADMINISTRATION", "3306", "账号管理", "Account administration", "0575-88000009"),
    ("province", "PROVINCE", "33", "浙江省疫情防控平台", "Provincial platform", ""),
    ("telecom", "FEED", "33", "电信运营商", "Telecom operators", ""),
    ("citizen", "CITIZEN_CHANNEL", "33", "健康码申领端", "Citizen channel", ""),
    ("hotline", "HOTLINE", "3306", "政务服务热线12345", "Hotline 12345", "12345"),
    ("school", "VENUE", "330624", "新昌某学校门岗", "A school gate in Xinchang", ""),
    ("supermarket", "VENUE", "330624", "新昌某超市门岗", "A supermarket gate in Xinchang", ""),
    ("taxis", "VENUE", "330624", "新昌某出租车公司", "A taxi company in Xinchang", ""),
)
USERS = (
    # username, role, office, Chinese name, head of the office
    ("cdc.xinchang", "cdc", "cdc-xinchang", "新昌疾控员", False),
    ("cdc.city", "cdc", "cdc-city", "市疾控员", False),
    ("group.xinchang", "group", "group-xinchang", "新昌管控组员", False),
    ("group.city", "group", "group-city", "市管控组员", False),
    ("hospital.city", "hospital", "hospital-city", "定点医院员", False),
    ("community.yulin", "community", "community-yulin", "羽林社区员", True),
    ("community.nanming", "community", "community-nanming", "南明社区员", True),
    ("community.yuecheng", "community", "community-yuecheng", "塔山社区员", True),
    ("officer.yulin", "officer", "community-yulin", "羽林管控责任人", False),
    ("officer.deputy", "officer", "community-yulin", "羽林代管责任人", False),
    ("service.xinchang", "service_point", "service-xinchang", "新昌服务点员", False),
    ("service.yuecheng", "service_point", "service-yuecheng", "越城服务点员", False),
    ("clinic.xinchang", "clinic", "clinic-xinchang", "新昌发热门诊员", False),
    ("bureau.one", "bureau", "bureau", "大数据局甲", False),
    ("bureau.two", "bureau", "bureau", "大数据局乙", False),
    ("lead.city", "complaint_lead", "prevention-city", "市投诉负责人", False),
    ("duty.city", "duty_lead", "prevention-city", "市值班负责人", False),
    ("duty.deputy", "duty_lead", "prevention-city", "市副值班负责人", False),
    ("duty.xinchang", "duty_lead", "prevention-xinchang", "新昌值班负责人", False),
    ("policy.city", "policy_editor", "health-commission", "市政策员", False),
    ("supervisor.city", "supervisor", "supervision", "市督查员", False),
    ("admin.one", "administrator", "administration", "账号管理员甲", False),
    ("admin.two", "administrator", "administration", "账号管理员乙", False),
    ("province", "province", "province", "省平台", False),
    ("telecom", "feed", "telecom", "电信", False),
    ("citizen", "citizen", "citizen", "申领端", False),
    ("hotline", "hotline", "hotline", "12345", False),
    ("gate.school", "gate", "school", "学校门岗", False),
    ("gate.market", "gate", "supermarket", "超市门岗", False),
    ("gate.taxi", "gate", "taxis", "出租车司机", False),
)
# Where people are sent: address and opening hours.
ROOMS = {
    "clinic-xinchang": ("新昌县人民医院门诊楼东侧", "24小时"),
    "prevention-xinchang": ("新昌县行政中心", ""),
    "service-xinchang": ("新昌县鼓山中路168号", "每天8:00至20:00"),
    "service-yuecheng": ("越城区胜利西路66号", "每天8:00至20:00"),
}


def load_divisions() -> int:
    """Load the administrative divisions that ship with the product; return how many there are."""
    Division.objects.bulk_create(
        (
            Division(code=code, name=name, name_en=name_en, parent_id=parent or None)
            for code, name, parent, name_en in divisions.rows()
        ),
        ignore_conflicts=True,
        batch_size=500,
    )
    return Division.objects.count()


def make_password() -> str:
    """Return a password that can be read out over the telephone."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(3))


@transaction.atomic
def load(password: str, *, at: datetime) -> dict[str, User]:
    """Make the cast, granted by one administrator on the other's word; those that exist stay as they are."""
    for code, kind, division, name, name_en, phone in OFFICES:
        values = {"kind": kind, "division_id": division, "name": name, "name_en": name_en, "phone": phone}
        values["address"], values["hours"] = ROOMS.get(code, ("", ""))
        Office.objects.get_or_create(code=code, defaults=values)
    offices = {office.code: office for office in Office.objects.all()}
    existing = set(User.objects.values_list("username", flat=True))
    hashed = ""
    for username, role, office, name, is_head in USERS:
        if username in existing:
            continue
        user = User(
            username=username, role=role, office=offices[office], name=name, is_head=is_head, is_active=True
        )
        user.phone, user.created_at, user.granted_at = offices[office].phone, at - SEATED, at - SEATED
        if user.is_staff:  # the cast shares a password: hashing, slow on purpose, is done once
            hashed = hashed or hashers.make_password(password)
            user.password = hashed
        else:
            user.set_unusable_password()
        user.save()
    users = {user.username: user for user in User.objects.select_related("office__division")}
    if not existing.issuperset(username for username, *_rest in USERS):  # no act made them
        takeover.take_over(Office, User, by=users["admin.one"], at=at)
    return users
