#!/usr/bin/python3
"""Checks a Jinshi proof file against a genesis: a second verifier, written from docs/protocol.md alone.

    verify.py FILE --genesis FILE [--absent KIND ID] [--proto DIR]

Needs Python 3.11, python3-cryptography, forms.py beside it, and the .proto files; it opens no connection.
Exit status: 0 valid, 1 invalid, 2 usage, 3 needs a newer verifier. A "section" is one of docs/protocol.md.
"""
import argparse
import sys
from collections import namedtuple
from datetime import datetime, timedelta

from forms import ENUMS, NEWER, PROTO, SCHEMA, USAGE, VALID, VERSION, ZERO, Failure
from forms import check_consistency, check_inclusion, check_state, digest, encode, load_schema, need, public_key, read
from forms import signature_valid, signing_bytes, step, written

Period = namedtuple("Period", "first hash validators")  # a set of validators and the height from which it certifies
Start = namedtuple("Start", "chain period says")


# --- Headers and what certifies them (sections 8, 10, 13).
def check_set(first, validators):
    for _, consensus_key, _ in validators:
        public_key(consensus_key)
    encoded = b"".join(written(1, encode(*validator)) for validator in validators)
    return Period(first, digest("set", encoded), validators)


def start_from_genesis(data):
    try:
        genesis = read("Genesis", data)
        need(genesis["suite"] <= VERSION >= genesis["protocol_version"], "the genesis is of a later version", NEWER)
        need(genesis["suite"] and genesis["protocol_version"], "its suite or protocol version is 0")
        need(genesis["validators"], "it has no validators")
        admitted = {organisation["org"]: organisation for organisation in genesis["organisations"]}
        need(admitted.keys() >= set(genesis["validators"]), "a validator is no organisation")
        keys = [(name, *(admitted[name][key]["public_key"] for key in ("consensus_key", "governance_key")))
                for name in genesis["validators"]]
        says = f"the genesis '{genesis['name']}' of {date_time(genesis['time'])}"
        return Start(digest("genesis", data), check_set(1, keys), says)
    except Failure as failure:
        raise failure if failure.code == NEWER else Failure(f"what is given as the genesis is none: {failure}", USAGE)


def check_certified(certified, chain, period):
    header = read("Header", certified["header"])
    for name in ("suite", "protocol_version"):
        need(header[name] <= VERSION, f"{name} is a later one", NEWER)
        need(header[name], f"{name} is 0")
    need(len(header["extension_root"]) == 32, "extension_root is no digest")
    need(header["extension_root"] == ZERO, "the header has extensions", NEWER)
    need(header["chain_id"] == chain, "the header is of another chain")
    need(header["height"] >= period.first, f"the header is below {period.first}, from where the set certifies")
    need(header["set"] == period.hash, "the header names another set")
    n, signatures = len(period.validators), certified["certificate"]["signatures"]
    need(len(signatures) == (n + (n - 1) // 3) // 2 + 1, "the certificate is not of exactly a quorum")
    indices = [signature["validator"] for signature in signatures]
    need(indices == sorted(set(indices)) and indices[-1] < n, "the indices don't ascend, or one is beyond the set")
    signed = signing_bytes("header-signature", digest("header", certified["header"]))
    for index, signature in zip(indices, signatures):
        need(signature_valid(period.validators[index][1], signed, signature["signature"]), f"{index} has not signed it")
    return header, [period.validators[index][0] for index in indices]


def check_links(links, start):
    """The sets from the start's to the head's, and a sentence for each change."""
    periods, says = [start.period], []
    for count, link in enumerate(links, 1):
        with step(f"step 2, link {count}"):
            header, signers = check_certified(link["last"], start.chain, periods[-1])
            validators = [tuple(v[name] for name in ("organisation", "consensus_key", "governance_key"))
                          for v in link["next_set"]["validators"]]
            need(validators, "the next set is empty")
            period = check_set(header["height"] + 1, validators)
            need(period.hash == header["next_set"], "the next set is not the one that the header names")
            need(period.hash != periods[-1].hash, "the next set is no other than before")
            need(header["next_set_height"] == period.first, "the header is not its epoch's last")
            periods.append(period)
            says.append(f"the link to the set {', '.join(v[0] for v in validators)}: {describe_head(header, signers)}")
    return periods, says


# --- The three proofs (section 13): each gives its sentences.
def check_body(body, chain):
    """What section 3 demands of a TransactionBody; for each signer the operations that it covers."""
    count, keys = body["operation_count"], [signer["public_key"] for signer in body["signers"]]
    need(body["chain_id"] == chain, "the transaction is of another chain")
    need(body["mode"], "the mode is missing")
    need(1 <= len(keys) <= 64, "there is no signer, or more than 64")
    need(len(set(keys)) == len(keys), "a key stands twice")
    need(len(body["nonce"]) == 16 and body["expires_at"] > 0, "the nonce or expires_at is none")
    need(1 <= count <= 1000, "the number of operations is not from 1 to 1,000")
    covers = []
    for signer in body["signers"]:
        covered, end = set(), -1
        for part in signer["operations"]:
            need(part["count"] and part["first"] > end, "a range is empty, or touches the one before")
            need(part["first"] + part["count"] <= count, "a range ends beyond the operations")
            end = part["first"] + part["count"]
            covered.update(range(part["first"], end))
        covers.append(covered or set(range(count)))
    need(len(set().union(*covers)) == count, "an operation is covered by no signer")
    return covers


def check_transaction(part, chain, index):
    """The body, its id, its envelope, and the keys that answer for operation `index`."""
    body, identity, signatures = read("TransactionBody", part["body"]), digest("body", part["body"]), part["signatures"]
    covers, keys = check_body(body, chain), [signer["public_key"] for signer in body["signers"]]
    need(len(signatures) == len(keys), "there is not one signature for each signer")
    signed = signing_bytes("transaction", identity)
    need(all(signature_valid(key, signed, each) for key, each in zip(keys, signatures)), "a signature is not valid")
    envelope = digest("envelope", written(1, identity) + b"".join(written(2, each) for each in signatures))
    return body, identity, envelope, [key.hex() for key, covered in zip(keys, covers) if index in covered]


def check_receipt(receipt, head, chain):
    origin, index = receipt.chosen("origin"), receipt["operation_index"]
    with step("step 4, transaction"):
        need(origin, "there is neither a transaction nor a due part")
        due, source = origin.name == "due", receipt[origin.name]
        identity, envelope = ZERO, digest("due", source.raw)  # a DuePart's bytes are those of its DueEnvelope
        if not due:
            source, identity, envelope, signers = check_transaction(source, chain, index)
    with step("step 7, history path"):
        leaf = read("HistoryLeaf", receipt["leaf"])
    with step("step 5, operation path"):
        operation, count = read("Due" if due else "Operation", receipt["operation"]), source["operation_count"]
        event = None if due else operation.chosen("event")
        need(due or (event and len(operation["salt"]) == 16), "the operation has no event, or no salt of 16 bytes")
        check_inclusion(receipt["operation"], index, count, receipt["operation_path"], source["operations_root"])
    with step("step 6, result path"):
        result = read("OperationResult", receipt["result"])
        need(result["salt"] == (b"" if due else operation["salt"]), "the result has another salt")
        need(result["outcome"], "the result has no outcome")
        check_inclusion(receipt["result"], index, count, receipt["result_path"], leaf["results_root"])
    with step("step 7, history path"):
        need(leaf["id"] == identity and leaf["envelope"] == envelope, "the leaf is another transaction's")
        need(leaf["height"] <= head["height"], "the leaf is above the head")
        place, size = receipt["leaf_index"], head["history_size"]
        check_inclusion(receipt["leaf"], place, size, receipt["leaf_path"], head["history_root"])
    outcome = ENUMS["OperationOutcome"][result["outcome"]]
    if result["reason"]:
        outcome += f" for {ENUMS['Reason'][result['reason']]}, field {'.'.join(map(str, result['field'])) or 'none'}"
    says = [f"The outcome was {outcome}, in block {leaf['height']} of {date_time(leaf['time'])}, "
            f"leaf {place} of the history."]
    if due:
        what = f"{ENUMS['DueWhat'][operation['what']]} of '{operation['id']}'"
        return [f"Entry {index} of {count} that fell due: {what}. The ledger ran it; nobody signed it."] + says
    says += [f"Its transaction has the id {identity.hex()}.", f"It was signed by the key {' and '.join(signers)}."]
    return [f"Operation {index} of {count}: {event.kind}, by '{result['by']}'."] + says


def record_key(record):
    """The StateKey of a record (section 11), and what to call the record."""
    kind = record.chosen("kind")
    need(kind, "the record has no kind")
    value = record[kind.name]
    by = {"certificate": "number", "key": "key", "credit_code": "code", "certified_content": "root"}
    of_fields = {"due": lambda: value.raw, "first": lambda: encode(value["organisation"], value["which"]),
                 "total": lambda: encode(value["zone"], value["month"]), "header": lambda: value["height"] % 1024,
                 "parameters": bytes, "epochs": bytes, "counters": bytes}
    identity = of_fields[kind.name]() if kind.name in of_fields else value[by.get(kind.name, "id")]
    name = identity.hex() if isinstance(identity, bytes) else identity
    return written(kind.number, identity), f"{kind.name} '{name}'"


def state_of(record, time):
    """The effective state (section 11)."""
    kind = record.chosen("kind")
    value, field = record[kind.name], SCHEMA[kind.kind].get("state")
    state = ENUMS[field.kind][value["state"]] if field else "there, of a kind that has no state"
    ends = kind.name == "certificate" and state not in ("REVOKED", "CANCELLED")
    return f"EXPIRED, valid to {value['valid_to']}" if ends and date_time(time)[:10] > value["valid_to"] else state


def check_record(proof, head, absent):
    with step("step 4, record"):
        record = read("Record", proof["record"]) if proof["record"] else None
        key, name = record_key(record) if record else absent
    with step("step 5, state path"):
        value = digest("record", record.raw) if record else None
        check_state(digest("state-key", key), value, proof["path"], head["state_root"])
    if not record or "certificate" not in record:
        with step("step 6, asset"):
            need("asset" not in proof and "asset_path" not in proof, "one stands beside what is no certificate")
    if not record:
        return [f"There was no {name} at height {head['height']}, {date_time(head['time'])}."]
    says = [f"The record {name}: {state_of(record, head['time'])}.",
            f"It was so at height {head['height']}, {date_time(head['time'])}; version {record['version']}, "
            f"last changed at height {record['changed_height']}."]
    if "certificate" in record:
        with step("step 6, asset"):
            asset = read("Record", proof["asset"])
            need("asset" in asset and asset["asset"]["id"] == record["certificate"]["asset"], "it is another's")
        with step("step 6, asset path"):
            key, value = digest("state-key", record_key(asset)[0]), digest("record", asset.raw)
            check_state(key, value, proof["asset_path"], head["state_root"])
        says.append(f"Its asset '{asset['asset']['id']}' is '{asset['asset']['name']}'.")
    return says


def check_consistent(proof, head, chain, periods):
    with step("step 4, old head"):
        height = read("Header", proof["old_head"]["header"])["height"]
        period = next((each for each in reversed(periods) if each.first <= height), periods[0])
        old, signers = check_certified(proof["old_head"], chain, period)
        need(old["height"] <= head["height"], "the old head is above the new one")
        need(old["height"] < head["height"] or old.raw == head.raw, "two headers of one height")
    with step("step 5, consistency path"):
        size, old_size = head["history_size"], old["history_size"]
        check_consistency(old_size, old["history_root"], size, head["history_root"], proof["path"]["nodes"])
    return [f"The history of {size} leaves at height {head['height']} begins with the {old_size} "
            f"of height {old['height']}: nothing was changed or taken away between.",
            f"The older head: {describe_head(old, signers)}."]


def verify(data, start, absent=None):
    """The sentences that a valid file proves; raises Failure for any other. `absent`: what absent_key gives."""
    with step("step 1, file"):
        file = read("ProofFile", data)
        need("witnesses" not in file and "timestamps" not in file, "it has witnesses or timestamps", NEWER)
        need(file.chosen("proof"), "there is no proof in it")
        proof = file[file.chosen("proof").name]
        absence = "record" in file and not proof["record"]
        need(not absence or not {"asset", "asset_path"} & set(proof), "an asset stands beside an absence")
        need(not absence or absent, "a proof of absence needs --absent KIND ID", USAGE)
        need(absence or not absent, "it is no proof of absence")
    periods, links = check_links(proof["links"], start)
    with step("step 3, head"):
        certified = proof["new_head" if "consistency" in file else "head"]
        head, signers = check_certified(certified, start.chain, periods[-1])
    says = (check_receipt(proof, head, start.chain) if "receipt" in file else
            check_record(proof, head, absent) if "record" in file else
            check_consistent(proof, head, start.chain, periods))
    says += [f"This rests on {start.says}, chain {start.chain.hex()};", *(f"on {link};" for link in links)]
    return says + [f"and on the head: {describe_head(head, signers)}."]


# --- For people.
def date_time(milliseconds):
    try:
        time = datetime(1970, 1, 1, 8) + timedelta(milliseconds=milliseconds)
        return time.isoformat(" ", "milliseconds") + " (UTC+8)"
    except OverflowError:
        return f"{milliseconds} ms after 1970"


def describe_head(header, signers):
    return f"height {header['height']} of {date_time(header['time'])}, certified by {', '.join(signers)}"


def absent_key(kind, identity):
    field = SCHEMA["StateKey"].get(kind)
    need(field and field.kind == "string", f"no kind of record is '{kind}' and has a text for an id", USAGE)
    return written(field.number, identity), f"{kind} '{identity}'"


def main(arguments):
    parser = argparse.ArgumentParser(description="Checks a Jinshi proof file against a genesis.")
    parser.add_argument("file")
    parser.add_argument("--genesis", required=True)
    parser.add_argument("--absent", nargs=2, metavar=("KIND", "ID"))
    parser.add_argument("--proto", default=PROTO)
    options = parser.parse_args(arguments)
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        load_schema(options.proto)
        with open(options.file, "rb") as file, open(options.genesis, "rb") as genesis:
            absent = options.absent and absent_key(*options.absent)
            says = verify(file.read(), start_from_genesis(genesis.read()), absent)
        print("Valid.")
        for sentence in says:
            print("".join(c if c.isprintable() else "?" for c in sentence))
        return VALID
    except (Failure, OSError) as failure:
        print(failure)
        return failure.code if isinstance(failure, Failure) else USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
