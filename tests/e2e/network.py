"""A network of one for process tests: keys, TLS, genesis and configuration made here, by the bytes that
docs/protocol.md describes, and `jinshid` run on them. Needs Debian's python3-grpcio and python3-cryptography."""

import datetime
import hashlib
import ipaddress
import os
import random
import resource
import signal
import socket
import subprocess
import time

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID

from jinshi.v1 import (admin_service_pb2, admin_service_pb2_grpc, block_pb2, common_pb2, ledger_service_pb2,
                       ledger_service_pb2_grpc, organisation_pb2, transaction_pb2)

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ISSUE_CERTIFICATE = 50


def tagged(tag, canonical):
    return b"jinshi/1/" + tag + b"\0" + canonical


def digest(tag, canonical):
    return hashlib.sha256(tagged(tag, canonical)).digest()


class Key:
    """An organisation's or validator's key: scheme 1, ECDSA over secp256k1, low s."""

    def __init__(self):
        self.secret = ec.generate_private_key(ec.SECP256K1())
        point = self.secret.public_key().public_bytes(serialization.Encoding.X962,
                                                      serialization.PublicFormat.CompressedPoint)
        self.public = b"\x01" + point

    def sign(self, message):
        r, s = utils.decode_dss_signature(self.secret.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + min(s, ORDER - s).to_bytes(32, "big")

    def write(self, path):
        pem = self.secret.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                        serialization.NoEncryption())
        write_secret(path, pem)


def write_secret(path, contents):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.write(contents)


class TlsIdentity:
    def __init__(self, name):
        self.secret = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.utcnow()
        self.certificate = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
                            .public_key(self.secret.public_key()).serial_number(x509.random_serial_number())
                            .not_valid_before(now - datetime.timedelta(days=1))
                            .not_valid_after(now + datetime.timedelta(days=30))
                            .add_extension(x509.SubjectAlternativeName(
                                [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
                            .sign(self.secret, hashes.SHA256()))
        self.certificate_pem = self.certificate.public_bytes(serialization.Encoding.PEM)
        self.key_pem = self.secret.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                 serialization.NoEncryption())
        spki = self.secret.public_key().public_bytes(serialization.Encoding.DER,
                                                     serialization.PublicFormat.SubjectPublicKeyInfo)
        self.spki_digest = hashlib.sha256(spki).digest()


def leaf_hash(leaf):
    return hashlib.sha256(b"\0" + leaf).digest()


def merkle_root(leaves):
    """RFC 9162 section 2.1.1."""
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + merkle_root(leaves[:split]) + merkle_root(leaves[split:])).digest()


def new_genesis(validators, development=True, start_time=None):
    """All but its organisations."""
    genesis = block_pb2.Genesis(format=1, suite=1, protocol_version=1, name="e2e", development=development,
                                time=(start_time or int(time.time() * 1000)) - 1000, validators=validators)
    p = genesis.parameters
    p.notice_days, p.compliance_grade, p.certificate_days, p.renewal_days = 5, 3, 1096, 90
    p.controls_delay_ms, p.proposal_lifetime_ms = 24 * 3600_000, 7 * 24 * 3600_000
    p.expiry_one_signer_ms, p.expiry_several_signers_ms = 3600_000, 7 * 24 * 3600_000
    p.challenge_samples, p.confirm_by_ms, p.silence_days, p.freeze_days = 16, 24 * 3600_000, 10, 30
    p.zones.append("FINANCE")
    p.deidentified_purposes.append("RESEARCH")
    o = genesis.ordering
    o.window, o.rotation_interval, o.heartbeat_ms, o.progress_timeout_ms = 64, 10000, 2000, 1000
    o.max_clock_skew_ms, o.fairness_batches, o.batch_operations, o.batch_bytes = 2000, 8, 2000, 2 << 20
    return genesis


class Network:
    """One organisation, centre-a, with two keys of its own, and one registered client of its."""

    def __init__(self, folder, jinshid, open_reads=True, development=True, start_time=None):
        self.folder, self.jinshid = folder, jinshid
        self.first, self.second, self.governance, self.consensus = Key(), Key(), Key(), Key()
        self.server_tls, self.client_tls = TlsIdentity("node"), TlsIdentity("client")
        self.process = None
        self.admin_port, self.client_port, self.metrics_port = free_ports(3)
        genesis = new_genesis(["centre-a"], development, start_time)
        a = genesis.organisations.add(org="centre-a", credit_code="11110112MA0990004L", name="Centre A",
                                      kind=organisation_pb2.ORGANISATION_KIND_INSTITUTION,
                                      roles=[common_pb2.ROLE_VALIDATOR], two_keys=[ISSUE_CERTIFICATE])
        a.keys.add(public_key=self.first.public)
        a.keys.add(public_key=self.second.public)
        a.governance_key.public_key = self.governance.public
        a.consensus_key.public_key = self.consensus.public
        a.tls_keys.add(spki_digest=self.client_tls.spki_digest, label="client")
        self.genesis = genesis.SerializeToString(deterministic=True)
        self.chain_id = digest(b"genesis", self.genesis)
        with open(self.path("genesis.bin"), "wb") as file:
            file.write(self.genesis)
        self.consensus.write(self.path("consensus.pem"))
        with open(self.path("tls.pem"), "wb") as file:
            file.write(self.server_tls.certificate_pem)
        write_secret(self.path("tls.key"), self.server_tls.key_pem)
        self.configure(open_reads)

    def path(self, name):
        return os.path.join(self.folder, name)

    def configure(self, open_reads=True, log_level="debug", more=""):
        with open(self.path("node.toml"), "w") as file:
            file.write(f"""
[node]
data = "data"
genesis = "genesis.bin"
organisation = "centre-a"
consensus_key = "consensus.pem"
[client]
listen = "127.0.0.1:{self.client_port}"
certificate = "tls.pem"
key = "tls.key"
open_reads = {"true" if open_reads else "false"}
[admin]
listen = "127.0.0.1:{self.admin_port}"
[metrics]
listen = "127.0.0.1:{self.metrics_port}"
[log]
level = "{log_level}"
{more}
""")

    def run(self, *arguments):
        return subprocess.run([self.jinshid, "--config", self.path("node.toml"), *arguments], capture_output=True,
                              text=True, timeout=60)

    def init(self, *arguments):
        done = self.run("--init", *arguments)
        assert done.returncode == 0, done.stderr

    def start(self, largest_file=None):
        """With `largest_file` no file grows beyond so many bytes: what a full disk does, without one."""
        self.launch(largest_file)
        self.wait_until_ready()

    def launch(self, largest_file=None):
        def limit():
            if largest_file:
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

        with open(self.path("node.log"), "ab") as log:
            self.process = subprocess.Popen([self.jinshid, "--config", self.path("node.toml")], stderr=log,
                                            preexec_fn=limit)

    def wait_until_ready(self):
        deadline = time.time() + 40
        while True:
            try:
                self.admin().GetStatus(admin_service_pb2.GetStatusRequest(), timeout=5)
                return
            except grpc.RpcError:
                if self.process.poll() is not None or time.time() > deadline:
                    raise AssertionError("jinshid did not start:\n" + self.log_text())
                time.sleep(0.05)

    def stop(self, how=signal.SIGTERM):
        """The exit code and the seconds that it took."""
        began = time.time()
        self.process.send_signal(how)
        code = self.process.wait(timeout=30)
        self.process = None
        return code, time.time() - began

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log_text(self):
        with open(self.path("node.log"), errors="replace") as file:
            return file.read()

    def channel(self, identity=None):
        credentials = grpc.ssl_channel_credentials(self.server_tls.certificate_pem,
                                                   identity.key_pem if identity else None,
                                                   identity.certificate_pem if identity else None)
        return grpc.secure_channel(f"localhost:{self.client_port}", credentials)

    def client(self, identity=None):
        return ledger_service_pb2_grpc.LedgerServiceStub(self.channel(identity))

    def admin_channel(self):
        return grpc.insecure_channel(f"127.0.0.1:{self.admin_port}")

    def admin(self):
        return admin_service_pb2_grpc.AdminServiceStub(self.admin_channel())

    def status(self):
        return self.admin().GetStatus(admin_service_pb2.GetStatusRequest(), timeout=10)

    def now(self):
        return self.status().clock

    def transaction(self, events, keys=None, expires_at=None, chain_id=None):
        """`events`: keyword dictionaries of an Operation. Returns the bytes and the id."""
        keys = keys or [self.first]
        operations = [transaction_pb2.Operation(salt=os.urandom(16), **event).SerializeToString(deterministic=True)
                      for event in events]
        body = transaction_pb2.TransactionBody(
            suite=1, chain_id=chain_id or self.chain_id, mode=transaction_pb2.MODE_ATOMIC,
            signers=[transaction_pb2.TransactionSigner(public_key=key.public) for key in keys], nonce=os.urandom(16),
            expires_at=expires_at or self.now() + 600_000, operations_root=merkle_root(operations),
            operation_count=len(operations)).SerializeToString(deterministic=True)
        identity = digest(b"body", body)
        signed = transaction_pb2.SignedTransaction(
            body=body, operations=operations, signatures=[key.sign(tagged(b"transaction", identity)) for key in keys])
        return signed.SerializeToString(deterministic=True), identity

    def set_controls(self, two_keys=(ISSUE_CERTIFICATE,), **how):
        event = organisation_pb2.SetControls(org="centre-a", two_keys=list(two_keys))
        return self.transaction([{"set_controls": event}], **how)

    def submit(self, transaction, wait_ms=20_000):
        request = ledger_service_pb2.SubmitAndWaitRequest(transaction=transaction, wait_ms=wait_ms)
        return self.client().SubmitAndWait(request, timeout=60)


def free_ports(count):
    """Below those that the system gives to clients: a node that is killed finds its own free when it comes back."""
    sockets = []
    while len(sockets) < count:
        each = socket.socket()
        try:
            each.bind(("127.0.0.1", random.randrange(10_000, 32_000)))
            sockets.append(each)
        except OSError:
            each.close()
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def refusal_of(error):
    """The Refusal in a gRPC error's binary details."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            return ledger_service_pb2.Refusal.FromString(value)
    return None
