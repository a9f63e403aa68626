"""The tree of RFC 6962, against its definition written out, and against published vectors."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.core.audit import merkle
from healthcode.core.audit.merkle import Frontier

SIZES = st.integers(1, 70)


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


def leaves(size):
    return [leaf(str(number).encode()) for number in range(size)]


def by_definition(hashes):
    if len(hashes) <= 1:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return merkle.node(by_definition(hashes[:split]), by_definition(hashes[split:]))


def grown(hashes):
    tree = Frontier()
    for one in hashes:
        tree.append(one)
    return tree


def reader(hashes):
    return lambda start, end: hashes[start:end]


@pytest.mark.parametrize(
    ("size", "root"),
    [  # the vectors of Certificate Transparency's own tests
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ],
)
def test_the_roots_are_those_of_certificate_transparency(size, root):
    data = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    assert grown([leaf(bytes.fromhex(one)) for one in data[:size]]).root().hex() == root


@given(SIZES)
def test_a_tree_that_grows_leaf_by_leaf_has_the_root_of_the_definition(size):
    assert grown(leaves(size)).root() == by_definition(leaves(size))


@given(st.lists(st.integers(0, 40), max_size=6))
def test_a_tree_that_grows_by_many_leaves_at_once_has_the_same_root(steps):
    tree, everything = Frontier(), leaves(sum(steps))
    for step in steps:
        tree.extend(everything[tree.size : tree.size + step])
    assert tree == grown(everything)


@given(SIZES)
def test_a_frontier_is_read_back_from_its_text(size):
    tree = grown(leaves(size))
    assert Frontier.of(size, tree.text()).root() == tree.root()


@pytest.mark.parametrize("text", ["", "00" * 31, "zz" * 32, "00" * 64])
def test_a_text_that_is_no_frontier_of_the_size_is_refused(text):
    with pytest.raises(ValueError, match=r"peaks|hex"):
        Frontier.of(4, text)


@pytest.mark.parametrize("index", [-1, 4, 5])
def test_there_is_no_path_for_a_leaf_beyond_the_tree(index):
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion(index, 4, reader(leaves(4)))


@pytest.mark.parametrize("first", [0, 5])
def test_a_tree_continues_neither_nothing_nor_a_larger_one(first):
    with pytest.raises(ValueError, match="does not continue"):
        merkle.consistency(first, 4, reader(leaves(4)))
