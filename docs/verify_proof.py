"""Check a proof from the audit ledger: python verify_proof.py PROOF.json 'healthcode/3306+…'

It needs Python 3.8 or newer and nothing else. The second argument is the ledger's public key: take it from somebody
you trust, never from whoever sent the proof, who could have forged both. Exit status 0: the proof is valid.
"""

import base64
import hashlib
import json
import sys

# Ed25519 (RFC 8032): the curve -x² + y² = 1 + d·x²·y² over the integers modulo P
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    (y < P and x * x % P == square and (x or not sign)) or sys.exit("WRONG: not a point of the curve")
    return (P - x if x & 1 != sign else x, y)


def add(a, b):
    (x, y), (u, v), k = a, b, D * a[0] * b[0] * a[1] * b[1]
    return (x * v + y * u) * pow(1 + k, -1, P) % P, (y * v + x * u) * pow(1 - k, -1, P) % P


def times(number, base):
    doubled = times(number >> 1, add(base, base)) if number else (0, 1)
    return add(doubled, base) if number & 1 else doubled


def is_signed(key, text, signature):
    scalar = int.from_bytes(signature[32:], "little")
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little")
    right = add(point(signature[:32]), times(challenge % L, point(key)))
    return scalar < L and times(scalar, point(b"X" + b"f" * 31)) == right


def checkpoint(note, key):
    (name, key_id, public), (text, lines) = key.split("+", 2), note.split("\n\n", 1)
    signatures = [line.split(" ")[2] for line in lines.splitlines() if line.startswith(f"\u2014 {name} ")]
    public, found = base64.b64decode(public), [base64.b64decode(one) for one in signatures]
    sha(name.encode(), b"\n", public)[:4].hex() == key_id or sys.exit("WRONG: the key is garbled")
    text.split("\n")[0] == name or sys.exit("WRONG: the checkpoint is of another ledger")
    signed = text.encode() + b"\n"
    any(is_signed(public[1:], signed, one[4:]) for one in found) or sys.exit("WRONG: not signed by this key")
    return int(text.split("\n")[1]), base64.b64decode(text.split("\n")[2])


def folded(index, last, path, start):
    """Hash a node up its path; return the root over all leaves and that over the leaves up to it (RFC 9162, 2.1)."""
    whole = left = start
    for sibling in path:
        last or sys.exit("WRONG: the path is too long")
        if index & 1 or index == last:
            whole, left = sha(b"\1", sibling, whole), sha(b"\1", sibling, left)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            whole = sha(b"\1", whole, sibling)
        index, last = index >> 1, last >> 1
    not last or sys.exit("WRONG: the path is too short")
    return whole, left


def is_leaf(leaf, index, size, path, root):
    text = json.dumps(leaf, sort_keys=True, separators=(",", ":"))
    0 <= index < size or sys.exit("WRONG: there is no such leaf")
    folded(index, size - 1, path, sha(b"\0", text.encode()))[0] == root or sys.exit(
        "WRONG: it is not in there"
    )
    return text


def main(file, key):
    proof = json.loads(open(file, encoding="utf-8").read())  # noqa: SIM115
    path = [bytes.fromhex(one) for one in proof["path"]]
    size, root = checkpoint(proof["checkpoint"], key)
    if proof["kind"] in ("inclusion", "row"):
        text = is_leaf({"body": proof["body"], "event": proof["event"]}, proof["index"], size, path, root)
        found = f"This event is leaf {proof['index']} of {size}:\n{text}"
        if proof["kind"] == "row":
            path, batch = [bytes.fromhex(one) for one in proof["row_path"]], json.loads(proof["body"])
            proof["event"][4] == "rows.sealed" or sys.exit("WRONG: the event seals no batch")
            row = is_leaf(proof["row"], proof["place"], batch["count"], path, bytes.fromhex(batch["root"]))
            found = f"This row is number {proof['place'] + 1} of {batch['count']} in a batch:\n{row}\n{found}"
        return found
    first, older = checkpoint(proof["first"], key)
    first <= size or sys.exit("WRONG: the ledger shrank")
    index, last, path = first - 1, size - 1, path if first & (first - 1) and path else [older, *path]
    while index & 1 or index == last > 0:
        index, last = index >> 1, last >> 1
    folded(index, last, path[1:], path[0]) == (root, older) or sys.exit("WRONG: the ledger was written anew")
    return f"The ledger of {size} leaves begins with the ledger of {first} leaves."


if __name__ == "__main__":
    try:
        print(main(*sys.argv[1:3]))
    except Exception as fault:
        sys.exit(f"WRONG: {fault}")
