#!/usr/bin/env bash
# Runs the demo as a stranger would, then holds both verifiers against every byte of the files that it leaves.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts/demo --once
demo=build/demo
"$1" "$demo/network/genesis.bin" "$demo/certificate.proof" "$demo"/receipts/*.receipt
mkdir -p "$demo/files"
cp "$demo/certificate.proof" "$demo"/receipts/*.receipt "$demo/files/"
/usr/bin/python3 docs/examples/verify_test.py --files "$demo/files" --genesis "$demo/network/genesis.bin"
