"""Several nodes for process tests: a validator each of centre-a, centre-b, ..., linked by mutual TLS, and audit nodes of
centre-a's. Keys and genesis are made here, as network.py makes a network of one."""

import itertools
import os
import threading
import time

import grpc

from jinshi.v1 import common_pb2, ledger_service_pb2 as api, organisation_pb2
from network import ISSUE_CERTIFICATE, Key, Network, TlsIdentity, digest, free_ports, new_genesis, write_secret

CREDIT_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def credit_code(number):
    """GB 32100-2015: the last character checks all; the one before it checks the eight before (GB 11714)."""
    unit = f"{number:08d}"
    check = -sum(int(each) * weight for each, weight in zip(unit, (3, 7, 9, 10, 5, 8, 4, 2))) % 11
    body = f"11110112{unit}{'0123456789X'[check]}"
    total = sum(CREDIT_DIGITS.index(each) * pow(3, at, 31) for at, each in enumerate(body))
    return body + CREDIT_DIGITS[-total % 31]


class Member(Network):
    """One node. Its folder, keys and processes are its own; the genesis is everyone's."""

    def __init__(self, folder, jinshid, org, audit=False):
        os.mkdir(folder)
        self.folder, self.jinshid, self.org, self.audit = folder, jinshid, org, audit
        self.first, self.second, self.governance, self.consensus = Key(), Key(), Key(), Key()
        self.server_tls = TlsIdentity("node")
        self.process = None
        self.admin_port, self.client_port, self.metrics_port, self.peer_port = free_ports(4)
        self.stub = None

    def admission(self, genesis, number):
        a = genesis.organisations.add(org=self.org, credit_code=credit_code(number), name=self.org,
                                      kind=organisation_pb2.ORGANISATION_KIND_INSTITUTION,
                                      roles=[common_pb2.ROLE_VALIDATOR], two_keys=[ISSUE_CERTIFICATE])
        a.keys.add(public_key=self.first.public)
        a.keys.add(public_key=self.second.public)
        a.governance_key.public_key = self.governance.public
        a.consensus_key.public_key = self.consensus.public
        a.tls_keys.add(spki_digest=self.server_tls.spki_digest, label="node")
        return a

    def write(self, genesis, validators):
        self.genesis = genesis
        self.chain_id = digest(b"genesis", genesis)
        with open(self.path("genesis.bin"), "wb") as file:
            file.write(genesis)
        self.consensus.write(self.path("consensus.pem"))
        with open(self.path("tls.pem"), "wb") as file:
            file.write(self.server_tls.certificate_pem)
        write_secret(self.path("tls.key"), self.server_tls.key_pem)
        key = 'role = "audit"' if self.audit else 'consensus_key = "consensus.pem"'
        peers = "" if self.audit else f'[peer]\nlisten = "127.0.0.1:{self.peer_port}"\n'
        for other in validators:
            if other is not self:
                peers += f'[[peers]]\norganisation = "{other.org}"\naddress = "127.0.0.1:{other.peer_port}"\n'
        with open(self.path("node.toml"), "w") as file:
            file.write(f"""
[node]
data = "data"
genesis = "genesis.bin"
organisation = "{self.org}"
{key}
[client]
listen = "127.0.0.1:{self.client_port}"
certificate = "tls.pem"
key = "tls.key"
[admin]
listen = "127.0.0.1:{self.admin_port}"
[metrics]
listen = "127.0.0.1:{self.metrics_port}"
[log]
level = "info"
{peers}""")

    def client(self, identity=None):
        """One channel for all callers, which finds the node again by itself."""
        if self.stub is None:
            self.stub = super().client(identity)
        return self.stub

    def set_controls(self, two_keys=(ISSUE_CERTIFICATE,), **how):
        event = organisation_pb2.SetControls(org=self.org, two_keys=list(two_keys))
        return self.transaction([{"set_controls": event}], expires_at=int(time.time() * 1000) + 600_000, **how)


class Consortium:
    def __init__(self, folder, jinshid, validators=4, audits=0):
        self.validators = [Member(f"{folder}/node{i + 1}", jinshid, f"centre-{'abcdefghij'[i]}")
                           for i in range(validators)]
        self.audits = [Member(f"{folder}/audit{i + 1}", jinshid, "centre-a", audit=True) for i in range(audits)]
        self.nodes = self.validators + self.audits
        genesis = new_genesis([member.org for member in self.validators])
        for number, member in enumerate(self.validators):
            admission = member.admission(genesis, number)
            if number == 0:
                for audit in self.audits:
                    admission.tls_keys.add(spki_digest=audit.server_tls.spki_digest, label="audit")
        self.genesis = genesis.SerializeToString(deterministic=True)
        for member in self.nodes:
            member.write(self.genesis, self.validators)
            member.init()

    def start(self, members=None):
        members = members or self.validators
        for member in members:
            member.launch()
        for member in members:
            member.wait_until_ready()

    def close(self):
        for member in self.nodes:
            member.close()

    @property
    def running(self):
        return [member for member in self.nodes if member.process is not None]

    def leader(self):
        name = self.running[-1].status().leader
        return next(member for member in self.validators if member.org == name)

    def wait_for(self, condition, what, seconds=30):
        deadline = time.time() + seconds
        while not condition():
            if time.time() > deadline:
                told = [f"{m.org}: {m.status().condition}; {m.status().voting}" for m in self.running]
                raise AssertionError(f"in {seconds} s not: {what}\n" + "\n".join(told))
            time.sleep(0.02)

    def wait_for_height(self, height):
        self.wait_for(lambda: all(member.status().height >= height for member in self.running), f"height {height}")

    def agreed_height(self):
        """Every block of all that run is the same up to the height returned, which all of them have reached."""
        height = max(member.status().height for member in self.running)
        self.wait_for_height(height)
        # The header alone: whose signatures certify it may differ from node to node.
        headers = {member.client().GetHeader(api.GetHeaderRequest(height=height), timeout=10,
                                              wait_for_ready=True).header.header
                   for member in self.running}
        assert len(headers) == 1, f"{len(headers)} headers of height {height}"
        return height


class Load:
    """Clients that submit without a pause, some one by one and some by stream, each by a node of its own, until they are
    told to stop. One whose node is away turns to the next with the same bytes."""

    def __init__(self, consortium, clients=6, streams=2, batch=20):
        self.members = consortium.validators
        self.answered = {}  # id -> height, of receipts
        self.failures = []
        self.moments = []  # when each receipt came
        self.lock = threading.Lock()
        self.ends = threading.Event()
        jobs = [(self.one_by_one, i) for i in range(clients)] + [(self.by_stream, i, batch) for i in range(streams)]
        self.threads = [threading.Thread(target=self.guarded, args=job, daemon=True) for job in jobs]
        for thread in self.threads:
            thread.start()

    def guarded(self, job, *arguments):
        try:
            job(*arguments)
        except BaseException as failure:  # told by `stop`, in the test's own thread
            self.failures.append(failure)

    def note(self, answer):
        if answer.status != api.SUBMIT_STATUS_RECEIPT:
            if answer.status == api.SUBMIT_STATUS_NOT_TAKEN:
                raise AssertionError(f"not taken: {answer.refusal}")
            return False
        with self.lock:
            self.answered[answer.id] = answer.height
            self.moments.append(time.time())
        return True

    def one_by_one(self, start):
        ways = itertools.cycle(self.members[start % len(self.members):] + self.members[:start % len(self.members)])
        member = next(ways)
        signer = self.members[start % len(self.members)]
        while not self.ends.is_set():
            transaction, _ = signer.set_controls()
            while not self.ends.is_set():
                try:
                    request = api.SubmitAndWaitRequest(transaction=transaction, wait_ms=5000)
                    if self.note(member.client().SubmitAndWait(request, timeout=10)):
                        break
                except grpc.RpcError:
                    time.sleep(0.02)
                member = next(ways)

    def by_stream(self, start, batch):
        member = self.members[start % len(self.members)]
        while not self.ends.is_set():
            requests = [api.SubmitRequest(transaction=member.set_controls()[0]) for _ in range(batch)]
            try:
                for answer in member.client().SubmitStream(iter(requests), timeout=20):
                    self.note(answer)
            except grpc.RpcError:
                time.sleep(0.05)

    def wait_for(self, more, seconds=30):
        """Until so many more have been answered; the seconds until the first of them."""
        began, target = time.time(), len(self.answered) + more
        before = len(self.moments)
        while len(self.answered) < target:
            if self.failures or time.time() > began + seconds:
                raise AssertionError(f"{len(self.answered)} of {target} answered in {seconds} s; {self.failures}")
            time.sleep(0.005)
        return self.moments[before] - began

    def stop(self):
        self.ends.set()
        for thread in self.threads:
            thread.join(timeout=30)
        assert not self.failures, self.failures
        return dict(self.answered)
