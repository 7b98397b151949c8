"""What any client of a Jinshi node needs: messages, the bytes that are hashed and signed, a connection, and errors.

It shares no code with Jinshi but the .proto files, so every line can be rewritten in your own language;
docs/integrators.md says in words what it does, docs/protocol.md exactly. It needs Debian's python3-grpcio,
python3-cryptography, protobuf-compiler and protobuf-compiler-grpc.
"""

import hashlib
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import grpc
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

# Made anew at each start, so that they are always those of the .proto files beside; your build makes them once. Once
# imported, with those that they import in turn, the files are no longer needed.
PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
with tempfile.TemporaryDirectory(prefix="jinshi-stubs-") as stubs:
    subprocess.run(["protoc", f"-I{PROTO}", "-I/usr/include", f"--python_out={stubs}", f"--grpc_python_out={stubs}",
                    "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin",
                    *PROTO.glob("jinshi/v1/*.proto")], check=True)
    sys.path.insert(0, stubs)
    from jinshi.v1 import ledger_service_pb2, ledger_service_pb2_grpc, reason_pb2, registration_pb2, transaction_pb2
    sys.path.remove(stubs)

SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
EXPIRES_AFTER_MS = 10 * 60_000
SECTOR_BYTES, CHUNK_BYTES = 1024, 1 << 20
# What a gRPC error's code says about trying again. Of any other code nobody knows whether the call had its effect.
WILL_CHANGE = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.DEADLINE_EXCEEDED)
WILL_NOT_CHANGE = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED,
                   grpc.StatusCode.NOT_FOUND, grpc.StatusCode.ALREADY_EXISTS, grpc.StatusCode.FAILED_PRECONDITION)


def canonical(message):
    """Protobuf writes the ledger's one form as long as no singular message is set to an empty one."""
    return message.SerializeToString(deterministic=True)


def tagged(tag, content):
    """A tag keeps a signature or digest made for one purpose from being of use for another."""
    return b"jinshi/1/" + tag + b"\0" + content


def digest(tag, content):
    return hashlib.sha256(tagged(tag, content)).digest()


def merkle_root(leaves):
    """RFC 9162 section 2.1.1: the left part is the largest power of two below the whole."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + merkle_root(leaves[:left]) + merkle_root(leaves[left:])).digest()


def content_of(path):
    """Its root later proves any sector of the data to be the registered one; the ledger never sees the data."""
    with open(path, "rb") as file:
        chunks = [merkle_root([chunk[at:at + SECTOR_BYTES] for at in range(0, len(chunk), SECTOR_BYTES)])
                  for chunk in iter(lambda: file.read(CHUNK_BYTES), b"")]
    return registration_pb2.Content(root=merkle_root(chunks), chunk_size=CHUNK_BYTES, chunk_count=len(chunks),
                                    over=registration_pb2.CONTENT_FORM_PLAINTEXT)


def load_key(path):
    """A key file as `jinshi keys new` and `jinshi devnet up` write it: PKCS#8 in PEM, here without a passphrase."""
    return serialization.load_pem_private_key(path.read_bytes(), password=None)


def public_key(secret):
    point = secret.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
    return b"\x01" + point  # scheme 1: ECDSA over secp256k1 with SHA-256


def sign(secret, message):
    """64 bytes, r then s. Of s and n - s, equally valid, the ledger takes the lower: a signature has one form."""
    r, s = utils.decode_dss_signature(secret.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + min(s, SECP256K1_ORDER - s).to_bytes(32, "big")


def signed_transaction(event, secret, chain_id, now_ms):
    """One operation of one signer. `event` is the Operation's member by name, `now_ms` the node's clock, not ours."""
    # The salt keeps the operation from being guessed by whoever sees only its hash.
    operation = canonical(transaction_pb2.Operation(salt=os.urandom(16), **event))
    body = canonical(transaction_pb2.TransactionBody(
        suite=1, chain_id=chain_id, mode=transaction_pb2.MODE_ATOMIC, nonce=os.urandom(16),
        expires_at=now_ms + EXPIRES_AFTER_MS,
        signers=[transaction_pb2.TransactionSigner(public_key=public_key(secret))],  # no ranges: for all operations
        operations_root=merkle_root([operation]), operation_count=1))
    signature = sign(secret, tagged(b"transaction", digest(b"body", body)))
    return canonical(transaction_pb2.SignedTransaction(body=body, operations=[operation], signatures=[signature]))


def connect(flags):
    """The node's certificate is self-signed, so it is itself the only root that is trusted."""
    options = [("grpc.max_reconnect_backoff_ms", 2000), ("grpc.keepalive_time_ms", 10_000)]
    if flags.target_name:
        options.append(("grpc.ssl_target_name_override", flags.target_name))
    credentials = grpc.ssl_channel_credentials((flags.certificate or flags.network / "tls/node.pem").read_bytes())
    return ledger_service_pb2_grpc.LedgerServiceStub(grpc.secure_channel(flags.address, credentials, options))


def explain(refusal):
    """For a program the reason counts; for its user the field, and the sentence that names the mend."""
    reason = reason_pb2.Reason.Name(refusal.reason) if refusal.reason in reason_pb2.Reason.values() else refusal.reason
    return f"refused: {reason}\n  field: {refusal.field_name or '-'}\n  mend:  {refusal.message}"


def refusal_of(error):
    """A gRPC error of the ledger's own carries a Refusal; one of the connection does not."""
    details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    return None if details is None else ledger_service_pb2.Refusal.FromString(details)


def explain_error(error):
    refusal = refusal_of(error)
    return explain(refusal) if refusal else f"{error.code().name}: {error.details()}"


class Backoff:
    """Waits that double up to 5 s, and are a little random, lest all clients come back to a restarted node at once."""

    def __init__(self):
        self.seconds = 0.1

    def wait(self, at_least_ms=0):
        time.sleep(max(self.seconds * random.uniform(0.5, 1), at_least_ms / 1000))
        self.seconds = min(self.seconds * 2, 5)
