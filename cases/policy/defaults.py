"""What holds under books adopted before it could be said: conditions, sentences, vehicles and numbers of ours."""

from .parts import Requirement
from .words import Bilingual

# In which exits each counts, where a book does not word it itself.
_TO_GREEN = ("CONTROL_ENDED", "TESTED_NEGATIVE", "FEVER_CLEARED", "AREA_LIFTED", "INDEX_EXCLUDED", "RELEASED")
EXITS = {"POSITIVES_ANSWERED": _TO_GREEN, "NO_REPORT_WAITS": (*_TO_GREEN, "EXCLUDED")}
CONDITIONS = {
    "POSITIVES_ANSWERED": Requirement(
        key="POSITIVES_ANSWERED",
        clause="",
        words=Bilingual(
            "暴露以来采样的阳性结果均有疾控中心的答复：已上报、经实验室更正，或有复核意见",
            "Every positive sampled since the exposure is answered: reported, corrected, or CDC's opinion given",
        ),
        roles=("cdc",),
        field="positive",
        says={
            "met": Bilingual(
                "暴露以来没有未经疾控中心答复的阳性结果。",
                "No positive since the exposure is unanswered.",
            ),
            "unanswered": Bilingual(
                "{sampled_at}采样的阳性结果尚待疾控中心答复：上报，由实验室更正，或出具复核意见。",
                "The positive sampled {sampled_at} waits for CDC: to report it, have it corrected, or say why not.",
            ),
        },
        ours=(
            Bilingual(
                "指南未规定：单凭其后的阴性结果不能解除，阳性须先有答复；暴露何时开始不明的，从起算日期往前追溯，天数与风险地区旅居史相同。",
                "The guide is silent: a later negative alone ends nothing, the positive has to be answered first; "
                "where nobody knows when the exposure began, it is looked back for from the first day, as of a "
                "risk area.",
            ),
        ),
    ),
    "NO_REPORT_WAITS": Requirement(
        key="NO_REPORT_WAITS",
        clause="",
        words=Bilingual(
            "疾控中心上报的感染者信息均已录入或退回", "No report of an infection waits for the control group"
        ),
        roles=("group",),
        field="positive",
        says={
            "met": Bilingual("没有待录入的感染者上报。", "No report of an infection waits."),
            "waits": Bilingual(
                "疾控中心已上报此人为感染者，待重点人员管控组录入或退回，其间不予解除。",
                "CDC has reported this person as infected: nothing ends until that is entered or sent back.",
            ),
        },
        ours=(
            Bilingual(
                "指南未规定：上报待录入期间，不结束管控，不因阴性结果或重新填写转码，也不排除、不解除；省级下发的解除除外。",
                "The guide is silent: while such a report waits, control does not end, nor does a negative test or a "
                "clean form turn a code; nothing is excluded or released either, but by the province.",
            ),
        ),
    ),
}

# What a book holds to that was adopted before these could be said, and does not name them.
PARAMETERS = {"stands_again_days": 21, "shortest_stay_minutes": 30}
VEHICLES = {"CLOSED_BUS": Bilingual("闭环转运车", "Closed transfer vehicle")}
# What a book says that was adopted before the state of a condition was told.
SENTENCES = {
    "same_hands": Bilingual(
        "{declared_at}的填报来自录入就诊或检测结果的账号，不予采信：请由本人重新填写，或由家属在其本人页面、所在"
        "地社区、综合服务点、其他发热门诊代为填写。",
        "The form of {declared_at} came from whoever entered the examination or the test, and does not c"
        "ount: the person fills it in again, or for them the family from their own page, the community o"
        "r service point of the place where they are, or another clinic.",
    )
}
