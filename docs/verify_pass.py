"""Check a pass as a door reads it: python verify_pass.py DIGITS '1:phone:…' '2:paper:…'

It needs Python 3.8 or newer and nothing else. The keys are the public halves that `manage.py pass_keys` prints. Exit
status 0: one of them signed the pass. Whether it counts now is for the reader to say: it has the times.
"""

import base64
import hashlib
import sys
import time

# Ed25519 (RFC 8032): the curve -x² + y² = 1 + d·x²·y² over the integers modulo P
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE = b"X" + b"f" * 31
KINDS, UNITS = ("phone", "paper"), ("s", "h")
COLOURS = ("no colour", "colour green", "colour yellow", "colour red")


def wrong(why):
    sys.exit(f"WRONG: {why}")


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square or (sign and not x):
        wrong("not a point of the curve")
    return (P - x if x & 1 != sign else x, y)


def add(one, other):
    (x, y), (u, v) = one, other
    k = D * x * u * y * v
    return (x * v + y * u) * pow(1 + k, -1, P) % P, (y * v + x * u) * pow(1 - k, -1, P) % P


def times(number, base):
    total = (0, 1)
    while number:
        if number & 1:
            total = add(total, base)
        base, number = add(base, base), number >> 1
    return total


def is_signed(key, text, signature):
    scalar = int.from_bytes(signature[32:], "little")
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little")
    right = add(point(signature[:32]), times(challenge % L, point(key)))
    return scalar < L and times(scalar, point(BASE)) == right


def main(digits, *public_keys):
    if len(digits) != 196 or not (digits.isascii() and digits.isdigit()):
        wrong("a pass has 196 digits")
    if int(digits) >= 2**656:
        wrong("the number is too large")
    data = int(digits).to_bytes(82, "big")
    mark, body, signature = data[0], data[1:18], data[18:]
    kind, colour = body[0] >> 2 & 3, body[0] & 3
    if mark != 1 or body[0] >> 4 != 1 or kind > 1:
        wrong("not a pass of version 1")
    known = {}
    for text in public_keys:
        number, kinds, key = text.split(":")
        known[int(number)] = (kinds.split("+"), base64.urlsafe_b64decode(key))
    kinds, key = known.get(body[1], ((), b""))
    if KINDS[kind] not in kinds:
        wrong(f"key {body[1]} is not known, or signs no {KINDS[kind]} pass")
    if not is_signed(key, b"pass v1\0" + body, signature):
        wrong("not signed by this key")
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int.from_bytes(body[2:6], "big")))
    told = COLOURS[colour] + (f" {body[8]} s before" if colour else "")
    print(f"{KINDS[kind]} pass, key {body[1]}, handle {body[9:].hex()}, {told}")
    print(f"counts from {began} for {int.from_bytes(body[6:8], 'big')} {UNITS[kind]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
