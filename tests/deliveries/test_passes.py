"""A file is decrypted and parsed once in each of its passes: check, rehearsal, apply; and hashed on the way."""

import hashlib
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.feeds import applying, deliveries, tables, trailers
from cases.feeds.rows import TableRow
from cases.services.deliveries import batches, receiving
from healthcode.core import vault
from tests.cases.scenes import Scene, T
from tests.factories import delivered, sealed

from .conftest import HEADINGS, ground

CHECK_AND_REHEARSAL, APPLY = 2, 1


class Passes:
    """How often each part of a delivered file was decrypted, and how often a file was parsed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.decrypted: list[str] = []
        self.parsed = 0
        decrypt, rows_of = vault.decrypt_bytes, tables.rows_of

        def decrypt_bytes(data: bytes, *, owner: str) -> bytes:
            if owner.startswith("part:"):
                self.decrypted.append(owner)
            return decrypt(data, owner=owner)

        def parse(*args, **options) -> Iterator[TableRow]:
            self.parsed += 1
            return rows_of(*args, **options)

        monkeypatch.setattr(vault, "decrypt_bytes", decrypt_bytes)
        monkeypatch.setattr(tables, "rows_of", parse)

    def since(self) -> tuple[int, int]:
        """Return how often the whole file was decrypted and parsed since this was last asked."""
        parts = len(set(self.decrypted)) or 1
        assert len(self.decrypted) % parts == 0
        found = (len(self.decrypted) // parts, self.parsed)
        self.decrypted, self.parsed = [], 0
        return found


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Passes:
    monkeypatch.setattr(receiving, "PART", 200)  # a file of many parts, in chunks of two rows
    monkeypatch.setattr(applying, "CHUNK", 2)
    return Passes(monkeypatch)


def grounds(scene: Scene, number: int = 7, evidence: str = "浙防指〔2020〕12号") -> bytes:
    rows = [ground(scene.person(), f"S{n}", "近14天内有境外旅居史", evidence=evidence) for n in range(number)]
    return sealed("\n".join((HEADINGS["GROUNDS"], *rows)))


def test_each_pass_decrypts_and_parses_the_file_once(scene: Scene, passes: Passes):
    by = scene.cast.province
    batch = delivered(grounds(scene), kind="GROUNDS", by=by, at=T, confirmed=False)
    assert (batch.state, batch.parts.count() > 3) == ("CHECKED", True)
    assert passes.since() == (CHECK_AND_REHEARSAL, CHECK_AND_REHEARSAL)
    done = deliveries.work(batches.confirm(batch, by=by, at=T), clock=lambda: T)
    assert (done.state, done.accepted) == ("APPLIED", 7)
    assert passes.since() == (APPLY, APPLY)


def test_what_is_applied_at_once_is_read_twice(scene: Scene, passes: Passes):
    delivered(grounds(scene), kind="GROUNDS", by=scene.cast.province, at=T, at_once=True)
    assert passes.since() == (2, 2)


def test_a_file_that_comes_back_as_a_whole_is_read_once(scene: Scene, passes: Passes):
    cut = b"\n".join(grounds(scene).split(b"\n")[:4])
    batch = delivered(cut, kind="GROUNDS", by=scene.cast.province, at=T)
    assert (batch.state, passes.since()) == ("RETURNED", (1, 1))


def test_a_cut_off_file_that_breaks_earlier_still_says_that_its_end_is_missing(scene: Scene, passes: Passes):
    cut = grounds(scene)[:-200] + b'"'
    batch = delivered(cut, kind="GROUNDS", by=scene.cast.province, at=T)
    assert "#END" in batch.fault
    assert passes.since() == (1, 1)


def in_one_go(content: bytes) -> tuple[str, bytes | None, str]:
    """Return what `Digests` finds, from the whole file at once."""
    before, last = b"", b""
    for line in content.splitlines(keepends=True):
        if last.strip():
            before, last = before + last, b""
        last += line
    trailer = last.strip() if last.strip().startswith(b"#END") else None
    return hashlib.sha256(content).hexdigest(), trailer, hashlib.sha256(before).hexdigest()


LINES = st.lists(st.sampled_from([b"a,b\n", b"\n", b" \n", b"\xe5\xbc\xa0", b"#END,1,x", b"#END,2,y\n"]))


@given(lines=LINES, cuts=st.lists(st.integers(0, 60)))
def test_a_file_is_hashed_alike_however_it_is_cut_into_pieces(lines, cuts):
    content = b"".join(lines)
    bounds = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    digests = trailers.Digests()
    pieces = [content[start:end] for start, end in pairwise(bounds)]
    assert b"".join(digests.watch(pieces)) == content
    whole, trailer, before = in_one_go(content)
    assert (digests._whole.hexdigest(), digests.trailer) == (whole, trailer)
    if trailer is not None:
        assert digests._before.hexdigest() == before


def test_a_file_without_line_ends_is_not_kept_in_memory():
    digests = trailers.Digests()
    for _piece in digests.watch([b"x" * 10_000] * 50):
        assert len(digests._last) <= trailers.LONGEST_LINE
    list(digests.watch([b"#END,1,x"]))
    assert digests.trailer is None  # it is the end of that line
    list(digests.watch([b"\n#END,1,x"]))
    assert digests.trailer == b"#END,1,x"


def test_a_rehearsal_remembers_the_last_content_of_each_row():
    with applying.Rehearsed() as passed:
        passed.add([("a", "1"), ("b", "2"), ("a", "3")])
        assert passed.among(["a", "c", "b"]) == {"a": "3", "b": "2"}
