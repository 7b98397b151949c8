"""What a verifier of docs/protocol.md rests on: the canonical form (section 1), digests, keys and trees (2), the state
tree (11). Fields are those of the .proto files; all that the page refuses is refused here.
"""
import functools
import hashlib
import pathlib
import re
from collections import namedtuple
from contextlib import contextmanager

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

VALID, INVALID, USAGE, NEWER = range(4)
VERSION, ZERO = 1, bytes(32)
ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141
PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto/jinshi/v1"
BITS = {"bool": 1, "uint32": 32, "uint64": 64, "int64": 64}


class Failure(Exception):
    """Any verdict but valid. The first one raised decides."""
    def __init__(self, text, code):
        super().__init__(text)
        self.code, self.step = code, ""

    def __str__(self):
        verdict = {INVALID: "Invalid", USAGE: "Usage", NEWER: "A newer verifier is needed"}[self.code]
        return ": ".join(filter(None, (verdict, self.step, self.args[0])))


def need(condition, text, code=INVALID):
    if not condition:
        raise Failure(text, code)


@contextmanager
def step(name):
    try:
        yield
    except Failure as failure:
        failure.step = failure.step or name  # of steps within steps the innermost
        raise


# --- The schema, from the .proto files: a message's fields by number and by name, an enum's names by number.
Field = namedtuple("Field", "number name kind repeated oneof")
SCHEMA, ENUMS = {}, {}
STATEMENT = re.compile(r"(message|enum|oneof)\s+(\w+)\s*\{|(\})|\(message_since\)\s*=\s*(\d+)"
                       r"|(?:(repeated)\s+)?(\w+)\s+(\w+)\s*=\s*(\d+)\s*(\[[^\]]*\])?\s*;|(\w+)\s*=\s*(\d+)\s*;")


def load_schema(folder=PROTO):
    paths = sorted(pathlib.Path(folder).glob("*.proto"))
    files = [path for path in paths if not re.search("service|options", path.name)]
    need(files, f"no .proto files in {folder}", USAGE)
    blocks = []
    for match in STATEMENT.finditer("".join(re.sub("//.*", "", path.read_text("utf-8")) for path in files)):
        block, title, end, later, repeated, kind, name, number, options, constant, value = match.groups()
        if block:
            blocks.append((title, {"message": SCHEMA, "enum": ENUMS, "oneof": {}}[block].setdefault(title, {})))
        elif end:
            blocks.pop()
        elif later and int(later) > VERSION:
            del SCHEMA[blocks[-1][0]]
        elif name and int((re.search(r"\(since\)\s*=\s*(\d+)", options or "") or [0, 1])[1]) <= VERSION:
            oneof = blocks[-1][0] if len(blocks) > 1 else ""
            blocks[0][1][name] = blocks[0][1][int(number)] = Field(int(number), name, kind, bool(repeated), oneof)
        elif constant:
            prefix = re.sub("([A-Z])", r"_\1", blocks[-1][0]).upper()[1:] + "_"
            blocks[-1][1][int(value)] = constant.removeprefix(prefix)
    for kind, fields in SCHEMA.items():  # a field of a later version's message is unknown as well
        known = {**SCHEMA, **ENUMS, **BITS, "string": 0, "bytes": 0}
        SCHEMA[kind] = {key: field for key, field in fields.items() if field.kind in known}


# --- The canonical form (section 1).
class Message(dict):
    """The fields that stand in a message. Others read as their defaults; `in` tells. `raw`: its bytes, to be hashed."""
    def __init__(self, kind, raw=b""):
        self.kind, self.raw = kind, raw

    def __missing__(self, name):
        field = SCHEMA[self.kind][name]
        default = {"string": "", "bytes": b""}.get(field.kind, Message(field.kind) if field.kind in SCHEMA else 0)
        return [] if field.repeated else default

    def chosen(self, oneof):
        return next((SCHEMA[self.kind][name] for name in self if SCHEMA[self.kind][name].oneof == oneof), None)


def varint(data, at):
    value = shift = 0
    while True:
        need(at < len(data) and shift < 70, "a number is cut short or too long")
        value, shift, at = value | (data[at] & 127) << shift, shift + 7, at + 1
        if data[at - 1] < 128:
            need((data[at - 1] or shift == 7) and value < 1 << 64, "a number is not minimal or too large")
            return value, at


def number_of(kind, value):
    signed = value - (1 << 64) if value >> 63 else value
    if kind in BITS:
        need(value < 1 << BITS[kind], f"a number is no {kind}")
        return signed if kind == "int64" else value
    need(-(1 << 31) <= signed < 1 << 31, f"a {kind} has more than 32 bits")
    need(signed in ENUMS[kind], f"{kind} {signed} is unknown", NEWER)
    return signed


def value_of(field, data, depth):
    """Of a field of wire type 2."""
    if field.kind in SCHEMA:
        return decode(field.kind, data, depth + 1)
    if field.kind == "string":
        try:
            return data.decode()  # strict: no overlong forms, no surrogates
        except UnicodeDecodeError:
            need(False, f"{field.name} is not UTF-8")
    values, at = [], 0
    while field.kind != "bytes" and at < len(data):  # packed numbers
        value, at = varint(data, at)
        values.append(number_of(field.kind, value))
    return data if field.kind == "bytes" else values


def decode(kind, data, depth=1):
    need(depth <= 16, "messages are nested too deep")
    message, at, last = Message(kind, data), 0, 0
    while at < len(data):
        tag, at = varint(data, at)
        number, wire, field = tag >> 3, tag & 7, SCHEMA[kind].get(tag >> 3)
        scalar = field and (field.kind in BITS or field.kind in ENUMS)
        again = field and field.repeated and not scalar and number == last
        need(0 < number < 1 << 29, f"{kind}: a tag is none")
        need(field, f"{kind}: field {number} is unknown", NEWER)
        need(number > last or again, f"{kind}: the fields don't ascend")
        need(not field.oneof or not message.chosen(field.oneof), f"{kind} has two members of '{field.oneof}'")
        need(wire == (0 if scalar and not field.repeated else 2), f"{kind}.{field.name} has a wrong wire type")
        value, at = varint(data, at)
        if wire == 0:
            value = number_of(field.kind, value)
        else:
            need(at + value <= len(data), f"{kind}.{field.name} is cut short")
            at, value = at + value, value_of(field, data[at:at + value], depth)
        if field.repeated and not scalar:
            message.setdefault(field.name, []).append(value)
        else:  # an empty list of packed numbers and a message without content are falsy as well
            need(value or field.oneof, f"{kind}.{field.name} is written though it has its default value")
            message[field.name] = value
        last = number
    return message


def read(kind, data):
    """Section 13, "reading". The version goes first: what a later one changed must not be called invalid."""
    if kind in ("ProofFile", "Header", "TransactionBody", "Genesis"):
        need(data[:1] == b"\x08", f"this is no {kind}")
        need(data[1:2] <= b"\x01", f"this {kind} is of a later version", NEWER)
    return decode(kind, data)


def written(number, value):
    """A field that stands whatever its value is: a oneof's chosen member, an element of a repeated field."""
    number_bytes = lambda n: bytes([n]) if n < 128 else bytes([n & 127 | 128]) + number_bytes(n >> 7)
    if isinstance(value, int):
        return number_bytes(number << 3) + number_bytes(value)
    value = value.encode() if isinstance(value, str) else value
    return number_bytes(number << 3 | 2) + number_bytes(len(value)) + value


def encode(*values):
    """A message of singular fields 1, 2, ..."""
    return b"".join(written(number, value) for number, value in enumerate(values, 1) if value)


# --- Digests, trees, keys and signatures (section 2).
def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def signing_bytes(tag, data):
    return b"jinshi/1/" + tag.encode() + b"\0" + data


def digest(tag, data):
    return sha256(signing_bytes(tag, data))


@functools.lru_cache(1000)
def public_key(key):
    need(key[:1] in (b"", b"\x01"), "a public key is of a later scheme", NEWER)
    need(len(key) == 34 and key[1] in (2, 3), "a public key is none")  # the library takes uncompressed points too
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), key[1:])
    except ValueError:
        need(False, "a public key is not on the curve")


def signature_valid(key, data, signature):
    point = public_key(key)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if len(signature) != 64 or not 0 < r < ORDER or not 0 < s <= (ORDER - 1) // 2:  # the library takes a high s too
        return False
    try:
        point.verify(utils.encode_dss_signature(r, s), data, ec.ECDSA(SHA256()))
        return True
    except InvalidSignature:
        return False


def climb(at, end, nodes, new, old=None):
    """RFC 9162, 2.1.3.2 and 2.1.4.2: the roots that a path leads to, the older tree's too where there is one."""
    for node in nodes:
        need(len(node) == 32 and end > 0, "the path has a node too many, or one that is no digest")
        if at & 1 or at == end:
            new, old = sha256(b"\1", node, new), old and sha256(b"\1", node, old)
            while at and not at & 1:
                at, end = at >> 1, end >> 1
        else:
            new = sha256(b"\1", new, node)
        at, end = at >> 1, end >> 1
    need(end == 0, "the path has a node too few")
    return new, old


def check_inclusion(leaf, index, size, path, root):
    need(index < size, f"index {index} is not below the size {size}")
    need(climb(index, size - 1, path["nodes"], sha256(b"\0", leaf))[0] == root, "the path does not lead to the root")


def check_consistency(old_size, old_root, new_size, new_root, nodes):
    need(old_size <= new_size, "the older history is the longer one")
    if old_size in (0, new_size):  # the RFC leaves these out
        need(not nodes and (old_size or old_root == sha256()), "the path is not empty, or the empty tree has a root")
        need(old_size < new_size or old_root == new_root, "two histories of one size")
        return
    nodes = ([] if old_size & (old_size - 1) else [old_root]) + nodes
    need(nodes and len(nodes[0]) == 32, "the path is empty or begins with what is no digest")
    at, end = old_size - 1, new_size - 1
    while at & 1:
        at, end = at >> 1, end >> 1
    need(climb(at, end, nodes[1:], nodes[0], nodes[0]) == (new_root, old_root), "the path does not lead to the roots")


def check_state(key, record, path, root):
    """Section 11. `record`: the record's digest, or None for an absence."""
    siblings, other, end = path["siblings"], path["other"], path.chosen("end")
    bits = f"{int.from_bytes(key, 'big'):0256b}"
    need(len(siblings) <= 256 and all(len(sibling) == 32 for sibling in siblings), "too many siblings, or no digests")
    need(not siblings or siblings[-1] != ZERO, "the last sibling is empty")
    need(bool(end) == (record is None), "a path of presence for an absence, or the other way round")
    if record is not None:
        found = sha256(b"\2", key, record)
    elif end.name == "empty":
        need(path["empty"], "`empty` is false")
        found = ZERO
    else:
        need(len(other["key"]) == len(other["record"]) == 32 and other["key"] != key, "the other leaf is none")
        other_bits = f"{int.from_bytes(other['key'], 'big'):0256b}"
        need(bits[:len(siblings)] == other_bits[:len(siblings)], "the other leaf is off the key's way")
        found = sha256(b"\2", other["key"], other["record"])
    for bit, sibling in reversed(list(zip(bits, siblings))):
        found = sha256(b"\3", found, sibling) if bit == "0" else sha256(b"\3", sibling, found)
    need(found == root, "the path does not lead to the state root")
