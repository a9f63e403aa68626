"""What a text claims of a code's present colour: the one judgement on words about colours.

The colour a citizen is told is written by the system. In the words that somebody adds, another *present* colour is a
contradiction; what was, what will be, what a rule says, and names with a colour in them are none.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

COLOURS = {"红": "RED", "黄": "YELLOW", "绿": "GREEN", "red": "RED", "yellow": "YELLOW", "green": "GREEN"}
SIMPLIFIED = str.maketrans(
    "紅黃綠碼轉為顯變現後將會還當經間時並從過來沒無", "红黄绿码转为显变现后将会还当经间时并从过来没无"
)
FROM = re.compile(r"[由从][红黄绿]色?(?:健康)?码(?=[转变恢])")  # 由红码转为绿码: what it was
MARKS = re.compile(r"[“”\"'‘’「」『』《》<>【】\s]")

# --- Chinese -------------------------------------------------------------------------------------------------
SENTENCE_END = re.compile(r"[。！!；;\n]|(?<=[?？])")
MENTION = re.compile(
    r"(?P<of_code>红|黄|绿)色?的?(?:健康)?码(?!头)"  # a pier is called so: 黄码头
    r"|码色?(?P<code_is>[^红黄绿，,码]{0,8}?)(?P<after_code>红|黄|绿)色?(?=的?了?[，,?？]|的?了?$|了)"
    r"|(?P<verb>变|转|变成|转成|转为|变为|恢复|恢复为|(?:您|你)(?:的)?(?:现在|目前|已经|已)?(?:是|为))"
    r"(?P<after_verb>红|黄|绿)色?(?=的?了?[，,]|的?了?$|了)"
)
ASSERTS = re.compile(
    r"(?:是|为|显示|呈现?|属于?|变成?|变回|转成?|成|恢复成?|赋|赋予?了?|您的?|你的?|现在|目前|当前|已经?|今天|仍然?|依[然旧]|码)(?:了|的|一个)?$"
)
DENIES = re.compile(
    r"(?:不再?是|并?不为|并?非|不再|不属于|不显示为?|(?:未|没有?)(?:再?(?:转|变|显示|赋|恢复)[为成回]?)?)$"
)
PRESENT = re.compile(r"现(?![场象实])|目前|当前|已(?![有知婚])|今[天日]|刚[刚才]?")
OTHER_TIME = re.compile(
    r"后(?![台果续面])|将|会(?!议)|可(?=以?[转变恢解])|才|即可|就[能可会]|方可|如(?!实|期|下)|若|假如|待(?!遇)|"
    r"等(?=到|您|你|检|结|期|隔|系|市|解|通|审|核)|一旦|只要|只有|届时|一?经(?=.{0,6}阴性)|阴性(?:的|者|结果)?[，,]?(?=即|可|就|便|则|转)|预计|争取|尽快|正在|申[请领]|需要?|必?须|应|"
    r"希望|要求|曾|原(?=为|是|来|先|本|红|黄|绿|因为)|此前|之前|以前|从前|当[时日初]|那时|昨[天日]|前天|上[周月]|过去|"
    r"为什么|为何|怎么|是否|反映|询问|认为|以为|说|称|问|凭|持|亮|出示|查验|未必|能否|何时|什么时候|"
    r"(?<!已[于在自])(?<!经[于在自])\d+月\d+日|\d+[日号天](?=[转变恢])"
)
IF = re.compile(r"(?:^|[，,]|您|你)(?:如(?!实|期|下|您?所述)|若|假如|一旦|只要|只有|待(?!遇))[^，,]*$")
CONDITION_AFTER = re.compile(
    r"(?:的(?!$)|需|还?要|必须|应|流程|条件|时|后|者|人|才|方可|即可|就[可能]|之后|以后|之?前|期间|管理|政策|规则|通行)"
)
ENDED_AFTER = re.compile(
    r"(?:现?已经?|现在已?)(?:按规定|依规|全部|被|经?核实)?(?:解除|撤销|取消|消除|转|变|没有)|(?:解除|撤销|取消)了"
)
ENDED_BEFORE = re.compile(r"(?:已经?|刚刚?)(?:.{0,4})(?:解除|撤销|取消|消除)了?(?:您|你)?的?$")
HOLDS_AFTER = re.compile(r"(?:现?已经?)(?:生效|恢复|有效|正常)")
NOT_YET = r"(?:现在|目前)?(?:[尚还仍暂]|依然|至今)*(?:未|没有?|不)(?:能|被|予以?)?"
NOT_ENDED_AFTER = re.compile(
    rf"{NOT_YET}(?:解除|撤销|取消|消除|转[为成绿黄]?码?|变[为成绿黄]?码?)了?(?=[，,]|$)"
)
NOT_BACK_AFTER = re.compile(rf"{NOT_YET}(?:恢复|生效)(?=[，,]|$)")
QUESTION = re.compile(r"[?？]$|吗$|呢$")
SUBJECT = re.compile(r"您|你|本人|健康码|码色?$")
OTHER_THINGS = re.compile(r"图标|按钮|页面|背景|标志|灯|区域|地图|字体|线路")

# --- English -------------------------------------------------------------------------------------------------
EN_SENTENCE_END = re.compile(r"[.!;\n](?:\s|$)|(?<=\?)")
EN_MENTION = re.compile(
    r"\b(?P<of_code>red|yellow|green)(?:\s+health)?\s+code\b"
    r"|\b(?:code|you|it|colou?r|status)(?:'s|\s+(?:is|are|shows?|turned|became|has\s+(?:turned|become|been)|"
    r"has\s+been\s+(?:changed|turned|set|restored|updated)\s+to)|\s*:)"
    r"(?P<not>\s+not)?(?:\s+(?:now|already|currently|again|back\s+to|no\s+longer))*\s+(?P<is>red|yellow|green)"
    r"(?!\s+(?:town|city|lake|road|street|river|cross))\b",
    re.IGNORECASE,
)
EN_OTHER_TIME = re.compile(
    r"\b(?:will|would|once|when|after|if|until|till|unless|was|were|had|should|may|might|can|could|before|to\s+become|"
    r"expected|why|whether|with\s+a|people|anybody|everybody|a\s+person|said|asked|wrote|from)\b",
    re.IGNORECASE,
)
EN_PRESENT = re.compile(r"\b(?:now|already|currently|today)\b", re.IGNORECASE)
EN_SUBJECT = re.compile(r"\b(?:your?|it)\b", re.IGNORECASE)
EN_DENIES = re.compile(r"\b(?:not|no\s+longer|never)\s+(?:a\s+|an\s+)?$", re.IGNORECASE)
EN_VERB = re.compile(
    r"\b(?:is|are|have|has|got|shows?|now|already|your)(?:\s+(?:now|already|currently|a|an|the))*\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ColourClaim:
    """Words that say of a code which colour it has now (`holds`), or which it has not."""

    words: str
    colour: str
    holds: bool = True

    def contradicts(self, live: str) -> bool:
        """Tell whether it is untrue of a code of this colour; of no code at all every claim is."""
        return self.holds is not (self.colour == live) if live else True


def untrue(text: str, live: str) -> str:
    """Return the first words of a text that claim another present colour than the live one; "" where none do."""
    return next((claim.words for claim in claims(text) if claim.contradicts(live)), "")


def claims(text: str) -> Iterator[ColourClaim]:
    """Yield what a text claims of the present colour, in Chinese or English, in its order."""
    text = unicodedata.normalize("NFKC", text)
    for sentence in SENTENCE_END.split(FROM.sub("", MARKS.sub("", text.translate(SIMPLIFIED)))):
        if sentence and not QUESTION.search(sentence):
            yield from _chinese(sentence)
    for sentence in EN_SENTENCE_END.split(text):
        if sentence and not sentence.rstrip().endswith("?"):
            yield from _english(sentence)


def _chinese(sentence: str) -> Iterator[ColourClaim]:
    for found in MENTION.finditer(sentence):
        before, after = sentence[: found.start()], sentence[found.end() :]
        if found["of_code"]:
            claim = _of_code(found[0], COLOURS[found["of_code"]], before, after)
        else:
            verb = found["code_is"] if found["after_code"] else found["verb"]
            before = before + ("码" if found["after_code"] else "") + (verb or "")
            claim = _is_coloured(found[0], COLOURS[found["after_code"] or found["after_verb"]], before)
        if claim is not None:
            yield claim


def _of_code(words: str, colour: str, before: str, after: str) -> ColourClaim | None:
    """Judge a mention such as 绿码 by what stands before and after it in its sentence."""
    clause = re.split(r"[，,：:、(（]", before)[-1]
    speaks_now = _is_now(before)
    if ENDED_AFTER.match(after) and not OTHER_TIME.search(clause):
        return ColourClaim(words, colour, holds=False)
    if HOLDS_AFTER.match(after) and speaks_now:
        return ColourClaim(words, colour)
    if speaks_now and not IF.search(before):
        if NOT_ENDED_AFTER.match(after):
            return ColourClaim(words, colour)
        if NOT_BACK_AFTER.match(after):
            return ColourClaim(words, colour, holds=False)
    if ENDED_BEFORE.search(clause):
        return ColourClaim(words, colour, holds=False)
    if DENIES.search(clause):
        return (
            ColourClaim(words, colour, holds=False)
            if SUBJECT.search(clause) or PRESENT.search(clause)
            else None
        )
    bare = not clause and (not after or after[0] in "，,")
    if not (ASSERTS.search(clause) or bare):
        return None
    if not speaks_now or IF.search(before) or (CONDITION_AFTER.match(after) and not PRESENT.search(clause)):
        return None
    return ColourClaim(words, colour)


def _is_coloured(words: str, colour: str, before: str) -> ColourClaim | None:
    """Judge a mention such as 码已经变绿 by what stands before its colour."""
    clause = re.split(r"[，,：:、(（]", before)[-1]
    if OTHER_THINGS.search(clause) or IF.search(before) or not _is_now(before):
        return None
    return ColourClaim(words, colour, holds=re.search(r"[不没未非]", clause) is None)


def _is_now(before: str) -> bool:
    """Tell whether the last word of time before a mention speaks of now; without any it does."""
    now = max((found.start() for found in PRESENT.finditer(before)), default=-1)
    other = max((found.start() for found in OTHER_TIME.finditer(before)), default=-1)
    return now >= other


def _english(sentence: str) -> Iterator[ColourClaim]:
    for found in EN_MENTION.finditer(sentence):
        before = sentence[: found.start()]
        clause = before.split(",")[-1]
        whole = clause + found[0]
        if EN_OTHER_TIME.search(before) and not EN_PRESENT.search(whole):
            continue
        if found["of_code"]:
            denied = EN_DENIES.search(clause)
            if not (denied or EN_VERB.search(clause)) or not (
                EN_SUBJECT.search(before) or not clause.strip()
            ):
                continue
            yield ColourClaim(found[0], COLOURS[found["of_code"].lower()], holds=denied is None)
        else:
            holds = not found["not"] and "no longer" not in " ".join(found[0].lower().split())
            yield ColourClaim(found[0], COLOURS[found["is"].lower()], holds=holds)
