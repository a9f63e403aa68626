"""Grounds that the province sends down, typed or from linked data (3.1a-c, 3.2b-c), and their release."""

from cases.feeds import cells as cell
from cases.feeds.formats import RECORD, Cells, Delivery, Format
from cases.feeds.line_lists import claim_of, registered
from cases.models import Case
from cases.models.batches import Kind
from cases.models.cases import EvidenceKind
from cases.policy.keys import GROUNDS as KEYS
from cases.services.grounds import cases, releases

COLUMNS = {
    **RECORD,
    **cell.IDENTITY,
    "动作": "action",
    "赋码原因": "ground",
    "起算日期": "began_on",
    "到达日期": "arrived_on",
    "关联病例": "index_case",
    "协查函号": "letter",
    "风险地区": "area",
    "证据类型": "evidence_kind",
    "证据编号": "evidence_ref",
}
GROUNDS = {
    "确诊病人": "CONFIRMED",
    "疑似病人": "SUSPECTED",
    "无症状感染者": "ASYMPTOMATIC",
    "密切接触者": "CLOSE_CONTACT",
    "近14天内有境外旅居史": "OVERSEAS",
    "疫情严重态势地区旅居史": "SEVERE_AREA",
    "系统自动赋红码": "AUTO_RED",
    "中高风险地区旅居史": "RISK_AREA",
    "系统自动赋黄码": "AUTO_YELLOW",
}
ACTIONS = {"赋码": "OPEN", "解除": "RELEASE", "": "OPEN"}
EVIDENCE = {
    "检验报告": EvidenceKind.LAB_REPORT,
    "流调报告": EvidenceKind.INVESTIGATION,
    "协查函": EvidenceKind.LETTER,
    "航班或入境记录": EvidenceKind.ENTRY_RECORD,
    "排查记录": EvidenceKind.SCREENING,
    "文件": EvidenceKind.DOCUMENT,
    "轨迹": EvidenceKind.TRACK,
    "健康码填报": EvidenceKind.DECLARATION,
    "出院记录": EvidenceKind.DISCHARGE,
}


def _apply_row(cells: Cells, delivery: Delivery) -> Case | None:
    if cell.one_of(ACTIONS, cells, "action") == "RELEASE":
        releases.receive(
            cells["record"],
            document=cells.get("evidence_ref", ""),
            batch_id=delivery.batch.pk,
            by=delivery.by,
            at=delivery.at,
        )
        return None
    ground = cell.one_of(GROUNDS, cells, "ground")
    kind = "" if cells.get("letter") else cell.one_of(EVIDENCE, cells, "evidence_kind", default="DOCUMENT")
    claim = claim_of(cells, delivery, ground=ground, evidence_kind=kind)
    return cases.send_down(
        registered(cells, delivery),
        claim,
        record=cells["record"],
        together=delivery.together,
        by=delivery.by,
        at=delivery.at,
    )


def _rests_on(cells: Cells) -> tuple[str, str] | None:
    if _releases(cells):
        return None  # what lets go codes nobody
    ground = GROUNDS.get(cells.get("ground", ""), cells.get("ground", ""))
    return (ground, cells.get("letter") or cells.get("evidence_ref", "")) if ground in KEYS else None


def _number(cells: Cells) -> str:
    """A release goes by the number of what it releases, and is another row all the same."""
    return f"{cells['record']}:{cells['action']}" if _releases(cells) else cells["record"]


def _source_key(cells: Cells, delivery: Delivery) -> str:
    return cases.source_key(cells["record"], delivery.by)


def _releases(cells: Cells) -> bool:
    return ACTIONS.get(cells.get("action", "")) == "RELEASE"


FORMAT = Format(
    Kind.GROUNDS,
    COLUMNS,
    ("record", "name", "document_number", "ground", "began_on"),
    _apply_row,
    rests_on=_rests_on,
    number=_number,
    source_key=_source_key,
    sealed_end=True,
)
