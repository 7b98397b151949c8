#!/bin/bash
# The command line against a real node: a network made, events submitted, refused, co-signed, shown, proved, watched,
# replayed, and all of it still there after a SIGKILL.
#   cli_test.sh JINSHI SOURCE_DIR
set -euo pipefail
jinshi=$1 source=$2
folder=$(mktemp -d /tmp/jinshi-cli-e2e-XXXXXX)
export JINSHI_NETWORK=$folder/network
port=$((20000 + RANDOM % 20000))
cd "$folder"
unset JINSHI_PASSPHRASE

cleanup() {
  "$jinshi" devnet down >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap cleanup EXIT

fail() {
  echo "FAILED: $*" >&2
  tail -20 "$JINSHI_NETWORK/node/jinshid.log" >&2 || true
  exit 1
}
# Runs a command that must be refused with exit status $1 and words $2 on stderr.
refused() {
  local status=$1 words=$2 got=0
  shift 2
  "$@" >out.txt 2>err.txt || got=$?
  [ "$got" = "$status" ] || fail "exit $got in place of $status: $*; $(cat err.txt)"
  grep -q -- "$words" err.txt || fail "no '$words' in: $(cat err.txt)"
}
j() { "$jinshi" --output json "$@"; }
field() { /usr/bin/python3 -c 'import json,sys; value=json.load(sys.stdin)
for name in sys.argv[1].split("."): value=value[int(name)] if isinstance(value,list) else value[name]
print(value)' "$1"; }

refused 1 "make a network with" "$jinshi" status
"$jinshi" devnet up --time 2026-11-23T08:00+08:00 --port $port >/dev/null || fail "devnet up"
"$jinshi" devnet up >/dev/null || fail "a second devnet up finds the node running"
[ "$(j devnet status | field address)" = "127.0.0.1:$port" ] || fail "the address is shown"
"$jinshi" genesis check >/dev/null || fail "the genesis is whole"

# The sample day's organisations, registrations and assessments; then again, which plays nothing twice.
"$jinshi" replay "$source/samples/sample-day.jsonl" --families organisation,registration,assessment \
  --skip-asset driving-corpus-v1 --receipts receipts >/dev/null || fail "replay"
[ "$(j replay "$source/samples/sample-day.jsonl" --families organisation,registration,assessment \
  --skip-asset driving-corpus-v1 --receipts receipts 2>/dev/null | field played)" = 0 ] || fail "a replay plays nothing twice"
[ "$(ls receipts | wc -l)" = 46 ] || fail "a receipt for each event: $(ls receipts | wc -l)"
for receipt in receipts/*; do
  "$jinshi" verify "$receipt" --genesis "$JINSHI_NETWORK/genesis.bin" >/dev/null || fail "$receipt does not verify"
done
[ "$(wc -l < "$JINSHI_NETWORK/secrets.jsonl")" = 1 ] || fail "the hidden value's opening is kept"

# One event by flags, one refused by the ledger, one by the fields, one by the parser.
"$jinshi" submit ChangeRegistration --asset museum-3d-relics --update_frequency QUARTERLY \
  --reason_digest "$(printf 0%.0s {1..64} | tr 0 7)" --by museum --cosign registry-social \
  --receipt-file change.receipt >/dev/null || fail "submit"
"$jinshi" verify change.receipt --genesis "$JINSHI_NETWORK/genesis.bin" >/dev/null || fail "its receipt"
refused 1 "ROLE_MISSING" "$jinshi" submit AcceptApplication --asset museum-3d-relics --by bank
refused 1 "BAD_ID asset" "$jinshi" submit AcceptApplication --asset "a b" --by bank
refused 1 "UNKNOWN_ASSET operations\[0\].accept_application.asset" "$jinshi" submit AcceptApplication --asset nothing --by registry-social
refused 2 "" "$jinshi" submit NoSuchEvent
refused 2 "" "$jinshi" show
"$jinshi" submit IssueCertificate --help | grep "certificate number" >/dev/null || fail "help tells a field's rule"
j submit AcceptApplication --asset a --by bank --dry-run | field signing_bytes >/dev/null || fail "a dry run shows what is signed"

# Co-signing by files.
digest=$(printf a%.0s {1..64})
"$jinshi" tx new RecordAnonymisation --anonymisation an-1 --asset museum-3d-relics --result ANONYMISED \
  --method "none needed" --report_digest "$digest" --signer museum --signer assessor-quality --out a.draft >/dev/null || fail "tx new"
"$jinshi" tx sign a.draft --org museum >/dev/null || fail "tx sign"
refused 1 "BAD_SIGNATURE" "$jinshi" tx submit a.draft
"$jinshi" tx cut a.draft --for assessor-quality --out b.draft >/dev/null || fail "tx cut"
"$jinshi" tx sign b.draft --org assessor-quality >/dev/null || fail "the co-signer signs"
refused 1 "BAD_VALUE" "$jinshi" tx sign b.draft --org bank
"$jinshi" tx join a.draft b.draft --out c.draft >/dev/null || fail "tx join"
"$jinshi" tx show c.draft | grep "none needed" >/dev/null || fail "tx show shows the operation"
"$jinshi" tx submit c.draft >/dev/null || fail "tx submit"

# Two keys: the second one joins the ledger, and from then on issuing and adding keys need both.
"$jinshi" keys new --org bank --name transaction-2 >/dev/null || fail "keys new"
"$jinshi" submit AddKey --org bank --purpose TRANSACTION --by bank --signatures 1 \
  --key "$("$jinshi" keys possession --org bank --name transaction-2)" >/dev/null || fail "AddKey"
"$jinshi" keys new --org bank --name transaction-3 >/dev/null || fail "keys new"
"$jinshi" submit AddKey --org bank --purpose TRANSACTION --by bank \
  --key "$("$jinshi" keys possession --org bank --name transaction-3)" >/dev/null || fail "AddKey by two keys"

# Reading.
[ "$(j show asset chest-ct-deid | field zone)" = MEDICAL ] || fail "show"
[ "$(j show asset chest-ct-deid --height 0 2>/dev/null | field zone)" = MEDICAL ] || fail "height 0 is the latest"
[ "$(j show total FINANCE/2026-11 | field assets)" = 1 ] || fail "show a key of parts"
[ "$(j list asset --filter zone=FINANCE | field records.0.id)" = sme-credit-features ] || fail "list"
[ "$(j list organisation --all --page-size 5 | /usr/bin/python3 -c 'import json,sys; print(len(json.load(sys.stdin)["records"]))')" = 19 ] \
  || fail "list --all"
[ "$(j history asset museum-3d-relics | /usr/bin/python3 -c 'import json,sys; print(len(json.load(sys.stdin)["events"]))')" -ge 5 ] \
  || fail "history"
"$jinshi" statistics | grep SHIPPING_TRADE >/dev/null || fail "statistics"
"$jinshi" prove certificate SOC-2026-DA-000004-Z --out c.proof >/dev/null 2>&1 || fail "prove"
"$jinshi" verify c.proof --genesis "$JINSHI_NETWORK/genesis.bin" >/dev/null || fail "the proof verifies"
cursor=$(j watch --events IssueCertificate --count 2 | tail -1 | field cursor)
[ "$(j watch --events IssueCertificate --from "$cursor" --count 1 | field args.certificate)" = SOC-2026-DA-000002-4 ] \
  || fail "watch goes on strictly after its cursor"

# The node killed, and a watch that lives through it.
head=$(j status | field head)
( "$jinshi" --output json watch --events UpdateContent --count 1 >watched.txt 2>watch.err ) &
watcher=$!
sleep 0.5
kill -KILL "$(cat "$JINSHI_NETWORK/node/jinshid.pid")"
"$jinshi" devnet up >/dev/null || fail "up after SIGKILL"
[ "$(j history --all | /usr/bin/python3 -c 'import json,sys; print(json.load(sys.stdin)["events"][-1]["event"])')" = AddKey ] \
  || fail "the events are there after SIGKILL"
[ -n "$head" ] || fail "there was a head"
"$jinshi" submit UpdateContent --asset museum-3d-relics --content.root "$digest" --content.chunk_size 1048576 \
  --content.chunk_count 90599061 --content.over PLAINTEXT --size_bytes 95000000000000 --record_count 61001 \
  --period_to 2026-11-01 --by museum >/dev/null || fail "UpdateContent"
for _ in $(seq 100); do kill -0 $watcher 2>/dev/null || break; sleep 0.1; done
kill -0 $watcher 2>/dev/null && fail "watch did not take up again: $(cat watch.err)"
grep -q UpdateContent watched.txt || fail "watch saw what came after"

"$jinshi" devnet down >/dev/null || fail "devnet down"
refused 1 "no node" "$jinshi" devnet status
refused 1 "no node answers" "$jinshi" status
for receipt in receipts/*; do
  "$jinshi" verify "$receipt" --genesis "$JINSHI_NETWORK/genesis.bin" >/dev/null || fail "$receipt with nothing running"
done
echo "all of the command line's promises held"
