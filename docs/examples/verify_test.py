#!/usr/bin/python3
"""Whether verify.py judges files as stated: vectors as index.json says, and no changed byte of a valid file unseen.

    verify_test.py [--files DIR --genesis FILE]

Without arguments it takes tests/vectors; with them, every file of the folder, each of which has to be valid.
"""
import argparse
import functools
import itertools
import json
import math
import pathlib
import sys
import time

import verify
from forms import INVALID, NEWER, VALID, Failure, load_schema

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "tests/vectors"
SECONDS = 60
VERDICTS = {"valid": VALID, "invalid": INVALID, "newer": NEWER}


def judge(data, start, absent):
    """The exit status and what is said."""
    try:
        return VALID, " ".join(verify.verify(data, start, absent))
    except Failure as failure:
        return failure.code, str(failure)
    except Exception as exception:  # a traceback is never a verdict
        return repr(exception), ""


def vectors():
    for case in json.loads((VECTORS / "index.json").read_text("utf-8")):
        absent = case.get("absent")
        absent = absent and verify.absent_key(absent["kind"], absent["id"])
        file, genesis = VECTORS / case["file"], VECTORS / case["genesis"]
        yield case["name"], file, genesis, absent, case["expect"], case.get("says", "")


def folder(files, genesis):
    for path in sorted(pathlib.Path(files).iterdir()):
        if path.is_file():
            yield path.name, path, genesis, None, "valid", ""


def changed(valid, mask, stride):
    """What goes wrong of the files with one byte changed, and None for each that is seen."""
    places = ((case, at) for case in valid for at in range(len(case[1])))
    for (name, data, start, absent), at in itertools.islice(places, 0, None, stride):
        other = data[:at] + bytes([data[at] ^ mask]) + data[at + 1:]
        status, _ = judge(other, start, absent)
        yield None if status in (INVALID, NEWER) else f"{name}, byte {at} xor {mask:#04x}: {status}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--files")
    parser.add_argument("--genesis")
    options = parser.parse_args()
    if bool(options.files) != bool(options.genesis):
        parser.error("--files and --genesis go together")
    load_schema()
    verify.signature_valid = functools.lru_cache(None)(verify.signature_valid)  # most signatures recur
    start_of = functools.lru_cache(None)(lambda path: verify.start_from_genesis(pathlib.Path(path).read_bytes()))

    wrong, valid, count = [], [], 0
    cases = folder(options.files, options.genesis) if options.files else vectors()
    for name, path, genesis, absent, expect, says in cases:
        count += 1
        data, start = path.read_bytes(), start_of(genesis)
        status, said = judge(data, start, absent)
        if status != VERDICTS[expect] or says not in said:
            wrong.append(f"{name}: {status} instead of {expect}: {said} (to be said: {says})")
        if expect == "valid":
            valid.append((name, data, start, absent))

    began = time.monotonic()
    results = list(changed(valid, 0x01, 1))
    took = time.monotonic() - began
    stride = math.ceil(took / max(1, SECONDS - took))  # a slow machine tries fewer of the second kind
    results += changed(valid, 0x80, stride)
    wrong += filter(None, results)
    print(*wrong[:50], sep="\n", end="\n" if wrong else "")
    print(f"{count} vectors, {len(results)} changed bytes, {f'{len(wrong)} not' if wrong else 'all'} as stated")
    return bool(wrong) or not valid


if __name__ == "__main__":
    sys.exit(main())
