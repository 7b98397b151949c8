"""Four validators as real processes: killed under load, started without what they signed, told the same thing twice.
Run by ctest; with --kill N the two kills under load N times over, with figures."""

import argparse
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
import unittest

parser = argparse.ArgumentParser()
parser.add_argument("--jinshid", required=True)
parser.add_argument("--stubs", required=True)
parser.add_argument("--kill", type=int, metavar="N")
options, rest = parser.parse_known_args()
options.jinshid = os.path.abspath(options.jinshid)
sys.path.insert(0, options.stubs)

import grpc  # noqa: E402

from consortium import Consortium, Load  # noqa: E402
from jinshi.v1 import ledger_service_pb2 as api  # noqa: E402
from jinshi.v1 import organisation_pb2, reason_pb2, transaction_pb2  # noqa: E402
from network import Key, refusal_of, tagged  # noqa: E402


def lost(consortium, answered):
    """Those that some node does not hold where their submitter was told that they are."""
    consortium.wait_for_height(max(answered.values()))
    missing = set()
    for member in consortium.running:
        for identity, height in answered.items():
            found = member.client().GetReceipt(api.GetReceiptRequest(id=identity), timeout=10,
                                               wait_for_ready=True)
            if (found.status, found.height) != (api.SUBMIT_STATUS_RECEIPT, height):
                missing.add(identity)
    return missing


def kill_the_leader(consortium, load):
    """The seconds until the next receipt. The leader is brought back, and all agree."""
    load.wait_for(100)
    leader = consortium.leader()
    leader.stop(signal.SIGKILL)
    seconds = load.wait_for(50)
    consortium.start([leader])
    load.wait_for(50)
    answered = load.stop()
    return seconds, answered


def kill_all(consortium, load):
    load.wait_for(100)
    for member in consortium.validators:
        member.process.send_signal(signal.SIGKILL)
    for member in consortium.validators:
        member.stop(signal.SIGKILL)
    # What came until the last of them was gone was acknowledged, too.
    began = time.time()
    consortium.start()
    load.wait_for(50, seconds=60)
    seconds = next(moment for moment in load.moments if moment > began) - began
    return seconds, load.stop()


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="jinshi-e2e-")
        self.addCleanup(self.folder.cleanup)

    def consortium(self, **how):
        consortium = Consortium(self.folder.name, options.jinshid, **how)
        self.addCleanup(consortium.close)
        consortium.start()
        return consortium

    def submit(self, member, transaction):
        return member.client().SubmitAndWait(api.SubmitAndWaitRequest(transaction=transaction, wait_ms=20_000),
                                             timeout=30, wait_for_ready=True)


class Kills(Case):
    def test_a_killed_leader_loses_nothing_that_was_acknowledged_and_commits_resume(self):
        consortium = self.consortium()
        seconds, answered = kill_the_leader(consortium, Load(consortium))
        self.assertLess(seconds, 15)
        self.assertEqual(lost(consortium, answered), set())
        consortium.agreed_height()

    def test_four_killed_at_once_come_back_to_one_head_and_lose_nothing_that_was_acknowledged(self):
        consortium = self.consortium()
        _, answered = kill_all(consortium, Load(consortium))
        self.assertEqual(lost(consortium, answered), set())
        consortium.agreed_height()

    def test_a_submit_through_a_validator_that_dies_ends_unknown_and_the_same_bytes_get_the_one_receipt(self):
        consortium = self.consortium()
        first, second, third, fourth = consortium.validators
        self.assertEqual(self.submit(second, second.set_controls()[0]).status, api.SUBMIT_STATUS_RECEIPT)
        transaction, identity = second.set_controls()
        for member in (third, fourth):  # two of four commit nothing
            member.process.send_signal(signal.SIGSTOP)
        try:
            pending = second.client().SubmitAndWait.future(
                api.SubmitAndWaitRequest(transaction=transaction, wait_ms=20_000), timeout=30)
            consortium.wait_for(lambda: second.status().pool_transactions > 0, "it waits in the pool")
            second.stop(signal.SIGKILL)
            self.assertEqual(pending.exception(timeout=10).code(), grpc.StatusCode.UNAVAILABLE)
        finally:
            for member in (third, fourth):
                member.process.send_signal(signal.SIGCONT)
        elsewhere = self.submit(third, transaction)
        self.assertEqual((elsewhere.status, elsewhere.id), (api.SUBMIT_STATUS_RECEIPT, identity))
        second.start()
        again = self.submit(second, transaction)
        self.assertEqual((again.status, again.height), (api.SUBMIT_STATUS_RECEIPT, elsewhere.height))
        consortium.agreed_height()


class Races(Case):
    def test_two_envelopes_of_one_id_commit_once_and_split_nobody(self):
        consortium = self.consortium()
        signer = consortium.validators[0]
        for _ in range(10):
            transaction, identity = signer.set_controls()
            # Another signature under the same body: Python's are never twice the same.
            other = transaction_pb2.SignedTransaction.FromString(transaction)
            other.signatures[0] = signer.first.sign(tagged(b"transaction", identity))
            envelopes = [transaction, other.SerializeToString(deterministic=True)]
            pending = [member.client().SubmitAndWait.future(
                api.SubmitAndWaitRequest(transaction=envelopes[at % 2], wait_ms=20_000), timeout=30)
                for at, member in enumerate(consortium.validators)]
            answers = [each.result(timeout=30) for each in pending]
            self.assertIn(api.SUBMIT_STATUS_RECEIPT, {answer.status for answer in answers})
            self.assertEqual(len({a.height for a in answers if a.status == api.SUBMIT_STATUS_RECEIPT}), 1)
        consortium.agreed_height()
        for member in consortium.validators:
            self.assertEqual(len(member.client().History(api.HistoryRequest(), timeout=10).events), 10)

    def test_a_key_added_and_revoked_under_what_it_signs_splits_nobody(self):
        consortium = self.consortium()
        signer, key = consortium.validators[0], Key()
        expires_at = int(time.time() * 1000) + 600_000
        purpose = organisation_pb2.KEY_PURPOSE_TRANSACTION
        possession = organisation_pb2.Possession(chain_id=signer.chain_id, organisation=signer.org, purpose=purpose,
                                                 public_key=key.public).SerializeToString(deterministic=True)
        add = organisation_pb2.AddKey(org=signer.org, purpose=purpose)
        add.key.public_key = key.public
        add.key.possession = key.sign(tagged(b"possession", possession))
        revoke = organisation_pb2.RevokeKey(org=signer.org, public_key=key.public)
        answers, ends = [], threading.Event()

        def use(member):
            while not ends.is_set():
                transaction, identity = signer.set_controls(keys=[key])
                try:
                    answers.append((identity, self.submit(member, transaction)))
                except grpc.RpcError as error:  # the forecast's refusal
                    answers.append((identity, refusal_of(error)))

        threads = [threading.Thread(target=use, args=(member,)) for member in consortium.validators]
        for thread in threads:
            thread.start()
        both = [signer.first, signer.second]
        added = self.submit(consortium.validators[1], signer.transaction([{"add_key": add}], both, expires_at)[0])
        consortium.wait_for(lambda: any(getattr(answer, "status", 0) == api.SUBMIT_STATUS_RECEIPT
                                        for _, answer in list(answers)), "the new key signs")
        revoked = self.submit(consortium.validators[2],
                              signer.transaction([{"revoke_key": revoke}], both, expires_at)[0])
        time.sleep(0.2)
        ends.set()
        for thread in threads:
            thread.join()
        for answer in (added, revoked):
            self.assertEqual(answer.status, api.SUBMIT_STATUS_RECEIPT, answer)
        consortium.agreed_height()
        receipts = {identity: answer.height for identity, answer in answers
                    if getattr(answer, "status", 0) == api.SUBMIT_STATUS_RECEIPT}
        self.assertEqual(lost(consortium, receipts), set())
        # What was in flight at either end is refused in its block, alike everywhere.
        outside = [answer.results[0].reason for identity, answer in answers
                   if identity in receipts and not added.height <= answer.height <= revoked.height]
        self.assertLessEqual(set(outside), {reason_pb2.REASON_UNKNOWN_KEY, reason_pb2.REASON_KEY_NOT_LIVE})


class Followers(Case):
    def test_a_validator_without_its_vote_log_never_votes_and_says_so(self):
        consortium = self.consortium()
        *others, member = consortium.validators
        member.stop()
        os.rename(member.path("data/vote-log"), member.path("vote-log-elsewhere"))
        member.launch()
        member.wait_until_ready()
        self.assertRegex(member.status().voting, "^following: .*log")
        for _ in range(3):
            self.assertEqual(self.submit(others[0], others[0].set_controls()[0]).status, api.SUBMIT_STATUS_RECEIPT)
        consortium.agreed_height()
        # Without its vote three are a quorum, and two are none.
        others[-1].stop(signal.SIGKILL)
        pending, _ = others[0].set_controls()
        answer = others[0].client().SubmitAndWait(api.SubmitAndWaitRequest(transaction=pending, wait_ms=3000),
                                                  timeout=10)
        self.assertNotEqual(answer.status, api.SUBMIT_STATUS_RECEIPT)
        others[-1].start()
        self.assertEqual(self.submit(others[0], pending).status, api.SUBMIT_STATUS_RECEIPT)
        self.assertRegex(member.status().voting, "^following: .*log")

    def test_an_audit_node_that_joins_late_catches_up_agrees_and_takes_no_writes(self):
        consortium = self.consortium(audits=1)
        load = Load(consortium)
        load.wait_for(300)
        answered = load.stop()
        audit, = consortium.audits
        audit.start()
        self.assertEqual(lost(consortium, answered), set())
        consortium.agreed_height()
        with self.assertRaises(grpc.RpcError) as caught:
            self.submit(audit, consortium.validators[0].set_controls()[0])
        self.assertEqual(reason_pb2.Reason.Name(refusal_of(caught.exception).reason), "REASON_NOT_WRITABLE")


def run_kills(times):
    """One line a run, then a summary; the exit status says whether anything was lost or split."""
    figures, bad = {"leader": [], "all": []}, 0
    for run in range(1, times + 1):
        for name, kill in (("leader", kill_the_leader), ("all", kill_all)):
            with tempfile.TemporaryDirectory(prefix="jinshi-kill-") as folder:
                consortium = Consortium(folder, options.jinshid)
                try:
                    consortium.start()
                    seconds, answered = kill(consortium, Load(consortium))
                    missing, height = len(lost(consortium, answered)), consortium.agreed_height()
                    figures[name].append(seconds)
                    told = f"{len(answered)} acknowledged, {missing} lost, next receipt after {seconds:.2f} s, " \
                           f"one head at {height}"
                    bad += missing > 0
                except AssertionError as failure:
                    told, bad = f"FAILED: {failure}", bad + 1
                finally:
                    consortium.close()
            print(f"run {run} kill {name}: {told}", flush=True)
    for name, seconds in figures.items():
        if seconds:
            print(f"kill {name}: {len(seconds)} of {times} runs, next receipt after {min(seconds):.2f} s at least, "
                  f"{statistics.median(seconds):.2f} s in the middle, {max(seconds):.2f} s at most")
    print(f"{bad} of {2 * times} runs lost or split something" if bad else f"nothing lost, nobody split in {2 * times}")
    return 1 if bad else 0


if __name__ == "__main__":
    if options.kill:
        sys.exit(run_kills(options.kill))
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
