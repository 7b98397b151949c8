#!/usr/bin/python3
"""Registers a data asset, lists assets, and follows the ledger through whatever happens to the node.

    jinshi devnet up && jinshi replay samples/sample-day.jsonl --families organisation
    registration_client.py register --org museum --asset relics --name Relics --data scans.zip --description scans.md
    registration_client.py list --page-size 2
    registration_client.py watch --events 10 --cursor follower.db

The folder that `jinshi devnet up` makes has the node's certificate, the genesis and the keys; flags name others.
"""

import argparse
import hashlib
import pathlib
import sqlite3
import sys

import grpc
from jinshi_client import (WILL_CHANGE, WILL_NOT_CHANGE, Backoff, canonical, connect, content_of, digest, explain,
                           explain_error, load_key, refusal_of, signed_transaction)

from jinshi.v1 import block_pb2, reason_pb2, registration_pb2 as registration, transaction_pb2
from jinshi.v1 import ledger_service_pb2 as api


def register(node, flags):
    # From the first send until its end is known, a transaction lies on our disk: after a crash or a lost connection the
    # same bytes are sent again, which is always safe. Signing anew would make a second transaction.
    pending = flags.out / f"{flags.asset}.transaction"
    if not pending.exists():
        network = node.GetChain(api.GetChainRequest(), timeout=10, wait_for_ready=True)
        chain_id = digest(b"genesis", (flags.genesis or flags.network / "genesis.bin").read_bytes())
        if network.chain_id != chain_id:  # the chain is the one that we hold the genesis of, whatever the node says
            sys.exit("the node serves another chain than the genesis's")
        secret = load_key(flags.key or flags.network / "keys" / flags.org / "transaction.pem")
        draft = flags.out / f"{flags.asset}.draft"
        event = {"apply_registration": application(flags)}
        draft.write_bytes(signed_transaction(event, secret, chain_id, network.time))
        draft.rename(pending)  # so it is there whole, or not at all
    else:
        print(f"asking again with {pending}", file=sys.stderr)
    try:
        answer = submit(node, pending.read_bytes())
    except grpc.RpcError as error:
        if error.code() in WILL_NOT_CHANGE:
            pending.unlink()
        raise
    if answer.status == api.SUBMIT_STATUS_RECEIPT:  # a transaction that was ordered and refused has its receipt, too
        receipt = flags.out / f"{flags.asset}.receipt"
        receipt.write_bytes(answer.receipt)
    pending.unlink()
    if answer.status == api.SUBMIT_STATUS_EXPIRED:
        sys.exit("expired without being ordered: run this again to sign a new one")
    if answer.status == api.SUBMIT_STATUS_NOT_TAKEN:
        sys.exit(explain(answer.refusal))
    if answer.outcome != block_pb2.TRANSACTION_OUTCOME_ACCEPTED:
        sys.exit(f"ordered and refused: {reason_pb2.Reason.Name(answer.results[0].reason)}; receipt: {receipt}")
    print(f"{flags.asset} applied for at height {answer.height}; receipt: {receipt}")


def application(flags):
    return registration.ApplyRegistration(
        asset=flags.asset, name=flags.name, zone=flags.zone, industry=flags.industry,
        kind=registration.ASSET_KIND_SOCIAL_DATA,
        rights=[registration.GrantedRight(right=right, holder=flags.org, exclusive=True)
                for right in (registration.RIGHT_HOLD, registration.RIGHT_OPERATE)],
        level=registration.DATA_LEVEL_GENERAL, grade=1, personal_information=registration.PERSONAL_INFORMATION_NONE,
        source=registration.SOURCE_OWN_PRODUCTION, size_bytes=flags.data.stat().st_size, record_count=flags.records,
        update_frequency=registration.UPDATE_FREQUENCY_STATIC, period_from=flags.period[0], period_to=flags.period[1],
        coverage=[flags.region], content=content_of(flags.data),
        description_digest=hashlib.sha256(flags.description.read_bytes()).digest())


def submit(node, signed):
    """How the transaction ends. RECEIPT and EXPIRED are final; NOT_TAKEN is the node's forecast of a refusal, unless it
    names a delay: then its pool is full. All else means that it is not known yet, and the same bytes ask again."""
    backoff = Backoff()
    while True:
        refusal = None
        try:
            answer = node.SubmitAndWait(api.SubmitAndWaitRequest(transaction=signed, wait_ms=10_000), timeout=20)
            if answer.status in (api.SUBMIT_STATUS_RECEIPT, api.SUBMIT_STATUS_EXPIRED):
                return answer
            if answer.status == api.SUBMIT_STATUS_NOT_TAKEN:
                refusal = answer.refusal
                if not refusal.retry_after_ms:
                    return answer
        except grpc.RpcError as error:
            if error.code() not in WILL_CHANGE:
                raise
            refusal = refusal_of(error)
        backoff.wait(refusal.retry_after_ms if refusal else 0)


def list_assets(node, flags):
    token = b""
    while True:  # a token is bound to the question, not to the node: the next page may come from another
        page = node.List(api.ListRequest(kind="asset", page_size=flags.page_size, page_token=token), timeout=10)
        for record in page.records:
            states = ",".join(registration.RegistrationState.Name(each.state) for each in record.asset.registrations)
            print(f"{record.asset.id}\t{record.asset.name}\t{states}")
        token = page.next_page_token
        if not token:
            return


def watch(node, flags):
    # The cursor and what was learnt from the event are written in one transaction of one database, so that a kill, the
    # node's or ours, neither loses an event nor counts one twice. Printing comes after, for the eye only.
    database = sqlite3.connect(flags.cursor)
    database.execute("CREATE TABLE IF NOT EXISTS event (place PRIMARY KEY, what)")
    database.execute("CREATE TABLE IF NOT EXISTS cursor (one INTEGER PRIMARY KEY CHECK (one = 1), after BLOB)")
    row = database.execute("SELECT after FROM cursor").fetchone()
    after = api.Cursor.FromString(row[0]) if row else None  # None: from the ledger's first event
    backoff, seen = Backoff(), 0
    while seen < flags.events:
        try:
            for message in node.Watch(api.WatchRequest(after=after)):
                after, backoff = message.cursor, Backoff()
                place = f"{after.height}.{after.leaf_index}.{after.operation_index}"
                with database:
                    if message.HasField("event"):
                        database.execute("INSERT INTO event VALUES (?, ?)", (place, event_name(message.event)))
                    # Without an event a message says how far the node has read, and that it lives: once a second.
                    database.execute("INSERT OR REPLACE INTO cursor VALUES (1, ?)", (canonical(after),))
                if message.HasField("event"):
                    print(place, event_name(message.event), flush=True)
                    seen += 1
                    if seen == flags.events:
                        return
        except grpc.RpcError as error:
            if error.code() not in WILL_CHANGE:
                raise
            print(f"{explain_error(error)}; trying again", file=sys.stderr)
        backoff.wait()


def event_name(event):
    # A due entry is an end that nobody signs: a certificate's last day that has passed.
    return "due" if event.due else transaction_pb2.Operation.FromString(event.operation).WhichOneof("event")


def main():
    parser = argparse.ArgumentParser(description="an example client of a Jinshi node")
    parser.add_argument("--address", default="127.0.0.1:7400")
    parser.add_argument("--network", type=pathlib.Path, default="network", help="what `jinshi devnet up` made")
    parser.add_argument("--certificate", type=pathlib.Path, help="the node's, in PEM; else the network's")
    parser.add_argument("--target-name", help="a name in the certificate, where the address is not one")
    commands = parser.add_subparsers(required=True)

    command = commands.add_parser("register", help="apply for a data asset's registration and keep the receipt")
    command.set_defaults(run=register)
    command.add_argument("--genesis", type=pathlib.Path, help="of the chain that you mean; else the network's")
    command.add_argument("--key", type=pathlib.Path, help="the organisation's, in PEM; else the network's")
    command.add_argument("--out", type=pathlib.Path, default=".", help="where the receipt goes")
    for name in ("--org", "--asset", "--name"):
        command.add_argument(name, required=True)
    command.add_argument("--data", type=pathlib.Path, required=True, help="only its hash and size are recorded")
    command.add_argument("--description", type=pathlib.Path, required=True, help="only its hash is recorded")
    command.add_argument("--records", type=int, default=1)
    command.add_argument("--zone", default="GOVERNMENT")
    command.add_argument("--industry", default="R88")
    command.add_argument("--region", default="110000")
    command.add_argument("--period", nargs=2, default=("2026-01-01", "2026-10-31"), metavar=("FROM", "TO"))

    command = commands.add_parser("list", help="every asset, page by page")
    command.set_defaults(run=list_assets)
    command.add_argument("--page-size", type=int, default=50)

    command = commands.add_parser("watch", help="print events and keep them with the cursor")
    command.set_defaults(run=watch)
    command.add_argument("--events", type=int, required=True, help="how many to wait for")
    command.add_argument("--cursor", required=True, metavar="FILE", help="an SQLite file; goes on where it ended")

    flags = parser.parse_args()
    try:
        flags.run(connect(flags), flags)
    except grpc.RpcError as error:
        sys.exit(explain_error(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
