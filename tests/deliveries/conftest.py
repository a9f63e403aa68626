"""Files as each source sends them, in a few words each."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from cases.feeds import deliveries
from cases.models import Batch
from cases.services.deliveries import receiving
from tests.cases.scenes import Scene, T
from tests.factories import Cast, DivisionFactory, delivered, sealed

HEADINGS = {
    "GROUNDS": "记录编号,姓名,证件号码,现居住地区划,动作,赋码原因,起算日期,风险地区,证据类型,证据编号",
    "RESULTS": "证件号码,采样时间,报告时间,结果,检测机构,报告编号",
    "AREAS": "记录编号,地区名称,区划代码,风险等级,起始时间,来源文件,严重态势,省卫健委评估文号,省领导小组同意文号",
    "CODES": "姓名,证件号码,现居住地区划,发码城市",
    "PRESENCES": "证件号码,类型,区划代码,场所,起始时间,截止时间",
    "DECLARATIONS": "记录编号,证件号码,发热,症状,体温,症状起始日期",
}
SENDERS = {
    "GROUNDS": "province",
    "RESULTS": "hospital.city",
    "AREAS": "province",
    "CODES": "province",
    "PRESENCES": "telecom",
    "DECLARATIONS": "citizen",
}


def brought_in(scene: Scene, kind: str, *rows: str, by: str = "bureau.one", **fields: Any) -> Batch:
    """Let the bureau bring in a file of its usual sender, as far as the check."""
    content = "\n".join((HEADINGS[kind], *rows)).encode()
    declared = {"declared_rows": len(rows), "declared_sha256": hashlib.sha256(content).hexdigest()}
    fields = {"source": scene.cast[SENDERS[kind]], "letter": "浙数函〔2020〕7号", **declared, **fields}
    fields = {"file_name": "省平台.csv", "at": T, **fields}
    upload = receiving.store([content], at=fields["at"])
    batch, _is_new = receiving.bring_in(upload, kind=kind, by=scene.cast[by], **fields)
    return deliveries.work(batch, clock=lambda: fields["at"])


@pytest.fixture
def scene(cast: Cast) -> Scene:
    return Scene(cast)


@pytest.fixture
def send(scene: Scene) -> Callable[..., Batch]:
    """Return a function: the usual sender of a kind sends these rows, and they are applied."""

    for code in ("110106", "3301"):
        DivisionFactory(code=code)

    def deliver(kind: str, *rows: str, by: str = "", at: Any = T, **fields: Any) -> Batch:
        content = sealed("\n".join((HEADINGS[kind], *rows)))
        return delivered(content, kind=kind, by=scene.cast[by or SENDERS[kind]], at=at, **fields)

    return deliver


def ground(person: Any, record: str, key: str, evidence: str = "浙防指〔2020〕12号", **body: str) -> str:
    """Return a row of the province about a person."""
    fields = {"action": "赋码", "began": "2026-11-01", "area": "", "kind": "DOCUMENT", **body}
    return ",".join(
        (
            *(record, person.name, person.document, person.present_id),
            *(fields["action"], key, fields["began"], fields["area"], fields["kind"], evidence),
        )
    )
