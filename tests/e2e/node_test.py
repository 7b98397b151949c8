"""What only real processes can show: kills, restarts, stops, TLS. Run by ctest."""

import argparse
import pathlib
import queue
import signal
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

parser = argparse.ArgumentParser()
parser.add_argument("--jinshid", required=True)
parser.add_argument("--stubs", required=True)
options, rest = parser.parse_known_args()
sys.path.insert(0, options.stubs)

import grpc  # noqa: E402

from jinshi.v1 import admin_service_pb2 as admin  # noqa: E402
from jinshi.v1 import ledger_service_pb2 as api  # noqa: E402
from jinshi.v1 import proof_pb2, reason_pb2, state_pb2  # noqa: E402
from network import Network, TlsIdentity, refusal_of  # noqa: E402

DAY = 24 * 3600_000


class NodeTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="jinshi-e2e-")
        self.networks = []

    def tearDown(self):
        for network in self.networks:
            network.close()
        self.folder.cleanup()

    def network(self, start=True, init=(), **how):
        network = Network(self.folder.name, options.jinshid, **how)
        self.networks.append(network)
        if start:
            network.init(*init)
            network.start()
        return network

    def header(self, network, height):
        request = api.GetHeaderRequest(height=height, block_zero=height == 0)
        return network.client().GetHeader(request, timeout=10).header

    def assert_refused(self, call, code, reason):
        with self.assertRaises(grpc.RpcError) as caught:
            call()
        self.assertEqual(caught.exception.code(), code, caught.exception)
        refusal = refusal_of(caught.exception)
        self.assertIsNotNone(refusal, "a gRPC error carries a Refusal")
        self.assertEqual(reason_pb2.Reason.Name(refusal.reason), "REASON_" + reason)
        return refusal


class Outcomes(NodeTest):
    def test_a_submit_ends_in_a_receipt_that_every_way_of_asking_gives(self):
        network = self.network()
        transaction, identity = network.set_controls()
        answer = network.submit(transaction)
        self.assertEqual(answer.status, api.SUBMIT_STATUS_RECEIPT, answer)
        self.assertEqual(answer.id, identity)
        self.assertEqual(len(answer.results), 1)
        client = network.client()
        again = client.GetReceipt(api.GetReceiptRequest(id=identity), timeout=10)
        self.assertEqual(again.status, api.SUBMIT_STATUS_RECEIPT)
        self.assertEqual((again.height, again.operation_count), (answer.height, 1))
        by_leaf = client.GetReceipt(api.GetReceiptRequest(leaf_index=0, by_leaf=True), timeout=10)
        self.assertEqual(by_leaf.result, again.result)
        receipt = proof_pb2.ProofFile.FromString(answer.receipt).receipt
        self.assertEqual(receipt.operation_index, 0)
        self.assertGreater(len(receipt.head.certificate.signatures), 0)

    def test_a_submit_that_is_only_queued_says_so_and_is_found_later(self):
        network = self.network()
        transaction, identity = network.set_controls()
        client = network.client()
        answer = client.Submit(api.SubmitRequest(transaction=transaction), timeout=10)
        self.assertIn(answer.status, (api.SUBMIT_STATUS_QUEUED, api.SUBMIT_STATUS_RECEIPT))
        self.assertEqual(network.submit(transaction).status, api.SUBMIT_STATUS_RECEIPT)
        absent = client.GetReceipt(api.GetReceiptRequest(id=bytes(32)), timeout=10)
        self.assertEqual(absent.status, api.SUBMIT_STATUS_UNKNOWN)

    def test_a_stream_of_many_gives_each_its_own_outcome(self):
        network = self.network()
        many = [network.set_controls() for _ in range(600)]
        requests = (api.SubmitRequest(transaction=transaction) for transaction, _ in many)
        answers = list(network.client().SubmitStream(requests, timeout=120))
        self.assertEqual({answer.id for answer in answers}, {identity for _, identity in many})
        self.assertEqual([str(a.refusal) for a in answers if a.status != api.SUBMIT_STATUS_RECEIPT], [])
        # Under load blocks are fat.
        self.assertLess(len({answer.height for answer in answers}), 600)

    def test_one_bad_transaction_does_not_end_a_stream(self):
        network = self.network()
        good, identity = network.set_controls()
        requests = [api.SubmitRequest(transaction=b"\x0a\x7f cut short"), api.SubmitRequest(transaction=good)]
        answers = list(network.client().SubmitStream(iter(requests), timeout=60))
        self.assertEqual(sorted(answer.status for answer in answers),
                         [api.SUBMIT_STATUS_RECEIPT, api.SUBMIT_STATUS_NOT_TAKEN])
        refused = next(a for a in answers if a.status == api.SUBMIT_STATUS_NOT_TAKEN)
        self.assertEqual(refused.refusal.reason, reason_pb2.REASON_MALFORMED)

    def test_refusals_name_reason_and_field(self):
        network = self.network()
        client = network.client()
        self.assert_refused(lambda: network.submit(b"\x0a\x7f cut short"), grpc.StatusCode.INVALID_ARGUMENT,
                            "MALFORMED")
        elsewhere, _ = network.set_controls(chain_id=bytes(32))
        refusal = self.assert_refused(lambda: network.submit(elsewhere), grpc.StatusCode.FAILED_PRECONDITION,
                                      "WRONG_CHAIN")
        self.assertEqual(refusal.field_name, "body.chain_id")
        broken, _ = network.set_controls()
        broken = broken[:-1] + bytes([broken[-1] ^ 1])
        self.assert_refused(lambda: network.submit(broken), grpc.StatusCode.UNAUTHENTICATED, "BAD_SIGNATURE")
        self.assert_refused(lambda: client.Get(api.GetRequest(key=state_pb2.StateKey(asset="absent")), timeout=10),
                            grpc.StatusCode.NOT_FOUND, "UNKNOWN_RECORD")
        self.assert_refused(lambda: client.GetHeader(api.GetHeaderRequest(height=10**9), timeout=10),
                            grpc.StatusCode.OUT_OF_RANGE, "HEIGHT_UNKNOWN")
        self.assert_refused(lambda: network.submit(broken, wait_ms=10**9), grpc.StatusCode.INVALID_ARGUMENT,
                            "BAD_VALUE")
        large = api.GetRequest(key=state_pb2.StateKey(asset="a" * 20_000))
        self.assert_refused(lambda: client.Get(large, timeout=10), grpc.StatusCode.INVALID_ARGUMENT, "TOO_LARGE")
        bad_event = api.WatchRequest(events=["NoSuchEvent"])
        self.assert_refused(lambda: next(client.Watch(bad_event, timeout=10)), grpc.StatusCode.INVALID_ARGUMENT,
                            "BAD_VALUE")

    def test_reads_answer_with_their_height(self):
        network = self.network()
        height = network.submit(network.set_controls()[0]).height
        client = network.client()
        record = client.Get(api.GetRequest(key=state_pb2.StateKey(organisation="centre-a")), timeout=10)
        self.assertEqual(record.record.organisation.id, "centre-a")
        self.assertGreaterEqual(record.height, height)
        self.assertEqual(len(client.List(api.ListRequest(kind="organisation"), timeout=10).records), 1)
        self.assertEqual(len(client.History(api.HistoryRequest(), timeout=10).events), 1)
        self.assertGreaterEqual(client.Statistics(api.StatisticsRequest(), timeout=10).transactions, 1)
        proof = client.Prove(api.ProveRequest(key=state_pb2.StateKey(organisation="centre-a")), timeout=10)
        self.assertGreaterEqual(proof.height, height)
        consistency = client.ProveConsistency(api.ProveConsistencyRequest(old_height=height), timeout=10)
        self.assertTrue(consistency.file)
        chain = client.GetChain(api.GetChainRequest(), timeout=10)
        self.assertEqual((chain.chain_id, chain.genesis, chain.development), (network.chain_id, network.genesis, True))


class Restarts(NodeTest):
    def test_a_killed_node_comes_back_with_the_same_head(self):
        network = self.network()
        answers = [network.submit(network.set_controls()[0]) for _ in range(3)]
        height = max(answer.height for answer in answers)
        before = self.header(network, height)
        network.stop(signal.SIGKILL)
        network.start()
        after = self.header(network, height)
        self.assertEqual(before, after)
        self.assertGreaterEqual(network.status().height, height)
        self.assertEqual(network.submit(network.set_controls()[0]).status, api.SUBMIT_STATUS_RECEIPT)

    def test_a_node_killed_under_load_loses_nothing_that_it_answered(self):
        network = self.network()
        many = [network.set_controls() for _ in range(300)]
        answered = []

        def read():
            try:
                for answer in network.client().SubmitStream(
                        (api.SubmitRequest(transaction=t) for t, _ in many), timeout=60):
                    answered.append(answer)
            except grpc.RpcError:
                pass

        reader = threading.Thread(target=read)
        reader.start()
        while len(answered) < 20:
            time.sleep(0.002)
        network.stop(signal.SIGKILL)
        reader.join()
        network.start()
        client = network.client()
        for answer in answered:
            found = client.GetReceipt(api.GetReceiptRequest(id=answer.id), timeout=10)
            self.assertEqual((found.status, found.height), (api.SUBMIT_STATUS_RECEIPT, answer.height))

    def test_a_transaction_replayed_after_a_restart_is_skipped(self):
        network = self.network()
        transaction, identity = network.set_controls()
        first = network.submit(transaction)
        leaves = len(network.client().History(api.HistoryRequest(), timeout=10).events)
        network.stop(signal.SIGKILL)
        network.start()
        again = network.submit(transaction)
        self.assertEqual((again.status, again.height), (api.SUBMIT_STATUS_RECEIPT, first.height))
        network.submit(network.set_controls()[0])
        self.assertEqual(len(network.client().History(api.HistoryRequest(), timeout=10).events), leaves + 1)
        # The same id in another envelope: Python's signatures are never twice the same.
        signed = type(self)._signed_again(network, transaction, identity)
        other = network.submit(signed)
        self.assertEqual(other.status, api.SUBMIT_STATUS_NOT_TAKEN)
        self.assertEqual(other.refusal.reason, reason_pb2.REASON_REPLAYED)
        self.assertEqual(other.height, first.height)

    @staticmethod
    def _signed_again(network, transaction, identity):
        from jinshi.v1 import transaction_pb2
        from network import tagged
        parts = transaction_pb2.SignedTransaction.FromString(transaction)
        parts.signatures[0] = network.first.sign(tagged(b"transaction", identity))
        return parts.SerializeToString(deterministic=True)

    def test_a_stop_ends_every_open_call_within_five_seconds(self):
        network = self.network()
        client = network.client()
        watch = client.Watch(api.WatchRequest())
        next(watch)
        idle = queue.Queue()
        stream = client.SubmitStream(iter(idle.get, None))
        waits = [client.SubmitAndWait.future(api.SubmitAndWaitRequest(transaction=t, wait_ms=60_000))
                 for t, _ in (network.set_controls() for _ in range(100))]
        code, seconds = network.stop()
        self.assertEqual(code, 0, network.log_text()[-2000:])
        self.assertLess(seconds, 5)
        for wait in waits:
            error = wait.exception(timeout=5)
            if error is None:
                self.assertIn(wait.result().status, (api.SUBMIT_STATUS_RECEIPT, api.SUBMIT_STATUS_UNKNOWN))
            else:
                self.assertIn(error.code(), (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED))
        for call in (watch, stream):
            with self.assertRaises(grpc.RpcError) as ended:
                for _ in call:
                    pass
            self.assertEqual(ended.exception.code(), grpc.StatusCode.UNAVAILABLE)
        idle.put(None)

    def test_a_full_disk_stops_the_node_with_the_file_named_and_loses_nothing_that_was_answered(self):
        network = self.network(start=False)
        network.configure(log_level="info")
        network.init()
        network.start(largest_file=1 << 20)
        answered = []
        try:
            while True:
                requests = [api.SubmitRequest(transaction=network.set_controls()[0]) for _ in range(100)]
                for answer in network.client().SubmitStream(iter(requests), timeout=60):
                    if answer.status == api.SUBMIT_STATUS_RECEIPT:
                        answered.append(answer)
        except grpc.RpcError:
            pass
        self.assertEqual(network.process.wait(timeout=30), 3)
        self.assertRegex(network.log_text(), r"fatal .*REASON_DISK.*/data/ledger/")
        network.start()
        client = network.client()
        self.assertGreater(len(answered), 0)
        for answer in answered:
            found = client.GetReceipt(api.GetReceiptRequest(id=answer.id), timeout=10)
            self.assertEqual((found.status, found.height), (api.SUBMIT_STATUS_RECEIPT, answer.height))
        self.assertEqual(network.submit(network.set_controls()[0]).status, api.SUBMIT_STATUS_RECEIPT)

    def test_a_damaged_file_stops_the_start_and_is_named(self):
        network = self.network()
        network.submit(network.set_controls()[0])
        network.stop()
        manifest = next(pathlib.Path(network.path("data")).rglob("MANIFEST-*"))
        contents = bytearray(manifest.read_bytes())
        contents[len(contents) // 2] ^= 0xFF
        manifest.write_bytes(contents)
        refused = network.run()
        self.assertEqual(refused.returncode, 3, refused.stderr)
        self.assertRegex(refused.stderr, "fatal .*REASON_DAMAGED.*/data/ledger/")

    def test_two_nodes_on_one_ledger_are_one_too_many(self):
        network = self.network()
        second = network.run()
        self.assertNotEqual(second.returncode, 0)
        self.assertIn("can't start", second.stderr)
        self.assertEqual(network.submit(network.set_controls()[0]).status, api.SUBMIT_STATUS_RECEIPT)


class Doors(NodeTest):
    def test_without_open_reads_only_registered_clients_read(self):
        network = self.network(open_reads=False)
        request = api.GetRequest(key=state_pb2.StateKey(organisation="centre-a"))
        for identity in (None, TlsIdentity("stranger")):
            client = network.client(identity)
            self.assert_refused(lambda: client.Get(request, timeout=10), grpc.StatusCode.UNAUTHENTICATED, "UNKNOWN_KEY")
            self.assert_refused(lambda: next(client.Watch(api.WatchRequest(), timeout=10)),
                                grpc.StatusCode.UNAUTHENTICATED, "UNKNOWN_KEY")
        registered = network.client(network.client_tls)
        self.assertEqual(registered.Get(request, timeout=10).record.organisation.id, "centre-a")
        # Writes are authorised by their signatures alone, whoever carries them.
        self.assertEqual(network.submit(network.set_controls()[0]).status, api.SUBMIT_STATUS_RECEIPT)
        self.assertTrue(network.client().GetChain(api.GetChainRequest(), timeout=10).time)

    def test_health_reflection_and_metrics_speak_to_stock_clients(self):
        network = self.network()
        network.submit(network.set_controls()[0])
        for channel in (network.channel(), network.admin_channel()):
            check = channel.unary_unary("/grpc.health.v1.Health/Check", lambda request: request, lambda answer: answer)
            self.assertEqual(check(b"", timeout=10), b"\x08\x01")  # status: SERVING
            reflect = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                            lambda request: request, lambda answer: answer)
            services = next(reflect(iter([b"\x3a\x01*"]), timeout=10))  # list_services: "*"
            self.assertIn(b"grpc.health.v1.Health", services)
        base = f"http://127.0.0.1:{network.metrics_port}"
        text = urllib.request.urlopen(base + "/metrics", timeout=10).read().decode()
        for name in ("jinshi_height ", 'jinshi_submits_total{outcome="accepted"', "jinshi_execute_seconds_bucket",
                     "jinshi_build_info{", 'jinshi_calls_total{code="OK",method="SubmitAndWait"}'):
            self.assertIn(name, text)
        self.assertEqual(urllib.request.urlopen(base + "/healthz", timeout=10).status, 200)
        with self.assertRaises(urllib.error.HTTPError):
            urllib.request.urlopen(base + "/", timeout=10)

    def test_the_status_is_a_diagnosis(self):
        network = self.network()
        status = network.status()
        self.assertRegex(status.condition, "^(idle|working): ")
        self.assertEqual((status.organisation, status.role), ("centre-a", "validator"))
        self.assertEqual(status.chain_id, network.chain_id)

    def test_a_new_certificate_is_taken_up_without_a_restart(self):
        network = self.network()
        fresh = TlsIdentity("node")
        import os
        from network import write_secret
        write_secret(network.path("tls.key.new"), fresh.key_pem)
        with open(network.path("tls.pem.new"), "wb") as file:
            file.write(fresh.certificate_pem)
        os.rename(network.path("tls.key.new"), network.path("tls.key"))
        os.rename(network.path("tls.pem.new"), network.path("tls.pem"))
        network.server_tls = fresh
        deadline = time.time() + 20
        while True:
            try:
                network.client().GetChain(api.GetChainRequest(), timeout=2)
                return
            except grpc.RpcError:
                self.assertLess(time.time(), deadline)
                time.sleep(0.1)


class Time(NodeTest):
    def test_the_clock_moves_forward_only_and_stays_moved(self):
        network = self.network()
        to = network.now() + 10 * DAY
        moved = network.admin().MoveClock(admin.MoveClockRequest(to=to), timeout=10)
        self.assertGreaterEqual(moved.clock, to)
        self.assert_refused(lambda: network.admin().MoveClock(admin.MoveClockRequest(to=to - DAY), timeout=10),
                            grpc.StatusCode.INVALID_ARGUMENT, "BAD_VALUE")
        answer = network.submit(network.set_controls()[0])
        self.assertEqual(answer.status, api.SUBMIT_STATUS_RECEIPT)
        network.stop(signal.SIGKILL)
        network.start()
        self.assertGreaterEqual(network.now(), to)

    def test_a_clock_outside_development_does_not_move(self):
        network = self.network(development=False)
        self.assert_refused(
            lambda: network.admin().MoveClock(admin.MoveClockRequest(to=network.now() + DAY), timeout=10),
            grpc.StatusCode.FAILED_PRECONDITION, "WRONG_STATE")

    def test_a_development_network_begins_in_any_year(self):
        begins = 1_600_000_000_000
        network = self.network(init=("--clock", str(begins)), start_time=begins)
        self.assertLess(network.now() - begins, 120_000)
        self.assertEqual(network.submit(network.set_controls()[0]).status, api.SUBMIT_STATUS_RECEIPT)

    def test_a_heartbeat_makes_blocks_on_an_idle_chain(self):
        network = self.network()
        height = network.status().height
        deadline = time.time() + 20
        while network.status().height == height:
            self.assertLess(time.time(), deadline)
            time.sleep(0.1)

    def test_a_due_leaf_is_seen_by_watch(self):
        network = self.network()
        client = network.client()
        # Loosened controls need two keys, and wait a day.
        loosened, identity = network.set_controls(two_keys=(), keys=[network.first, network.second])
        self.assertEqual(network.submit(loosened).status, api.SUBMIT_STATUS_RECEIPT)
        events = client.Watch(api.WatchRequest(), timeout=60)
        first = next(message for message in events if message.HasField("event"))
        self.assertEqual((first.event.id, first.event.due), (identity, False))
        network.admin().MoveClock(admin.MoveClockRequest(to=network.now() + DAY + 1000), timeout=10)
        due = next(message for message in events if message.HasField("event"))
        self.assertTrue(due.event.due)
        self.assertEqual(due.event.id, b"")
        self.assertEqual(state_pb2.Due.FromString(due.event.operation).what, state_pb2.DUE_WHAT_CONTROLS)
        receipt = client.GetReceipt(api.GetReceiptRequest(leaf_index=due.event.leaf_index, by_leaf=True), timeout=10)
        self.assertEqual(receipt.height, due.event.height)
        self.assertTrue(proof_pb2.ProofFile.FromString(receipt.receipt).receipt.HasField("due"))


class Watching(NodeTest):
    def test_a_watch_goes_on_strictly_after_its_cursor_over_a_restart(self):
        network = self.network()
        identities = []
        for _ in range(4):
            transaction, identity = network.set_controls()
            network.submit(transaction)
            identities.append(identity)
        messages = network.client().Watch(api.WatchRequest(), timeout=60)
        seen = [next(messages) for _ in range(2)]
        self.assertEqual([message.event.id for message in seen], identities[:2])
        network.stop(signal.SIGKILL)
        network.start()
        messages = network.client().Watch(api.WatchRequest(after=seen[-1].cursor), timeout=60)
        rest = [next(message for message in messages if message.HasField("event")) for _ in range(2)]
        self.assertEqual([message.event.id for message in rest], identities[2:])

    def test_a_watch_on_an_empty_ledger_misses_nothing_that_comes(self):
        network = self.network()
        while network.status().height < 1:  # until a heartbeat has made a block without a leaf
            time.sleep(0.05)
        watches = [network.client().Watch(api.WatchRequest(from_now=now), timeout=60) for now in (False, True)]
        cursors = []
        for watch in watches:
            message = next(watch)
            self.assertFalse(message.HasField("event"))
            cursors.append(message.cursor)
        transaction, identity = network.set_controls()
        network.submit(transaction)
        watches += [network.client().Watch(api.WatchRequest(after=cursor), timeout=60) for cursor in cursors]
        for watch in watches:
            event = next(message for message in watch if message.HasField("event")).event
            self.assertEqual(event.id, identity)

    def test_a_filter_hides_events_and_the_cursor_goes_on(self):
        network = self.network()
        height = network.submit(network.set_controls()[0]).height
        for request in (api.WatchRequest(events=["AddKey"]), api.WatchRequest(organisations=["centre-b"])):
            message = next(network.client().Watch(request, timeout=60))
            self.assertFalse(message.HasField("event"))
            self.assertGreaterEqual(message.cursor.height, height)
        wanted = api.WatchRequest(events=["SetControls"], organisations=["centre-a"])
        self.assertTrue(next(network.client().Watch(wanted, timeout=60)).HasField("event"))


class Commands(NodeTest):
    def test_the_command_line_says_what_is_missing(self):
        network = self.network(start=False)
        early = network.run()
        self.assertEqual(early.returncode, 2)
        self.assertIn("--init", early.stderr)
        checked = network.run("--check-config")
        self.assertEqual(checked.returncode, 0)
        self.assertIn("# default:", checked.stdout)
        network.configure(more="colour = 'red'\n")
        wrong = network.run("--check-config")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("log.colour", wrong.stderr)
        network.configure()
        network.init()
        twice = network.run("--init")
        self.assertEqual(twice.returncode, 2)
        for arguments in (["--version"], ["--help"]):
            self.assertEqual(network.run(*arguments).returncode, 0)
        self.assertEqual(network.run("--colour").returncode, 2)

    def test_a_key_that_others_can_read_is_refused(self):
        import os
        network = self.network(start=False)
        network.init()
        os.chmod(network.path("consensus.pem"), 0o644)
        refused = network.run()
        self.assertEqual(refused.returncode, 2)
        self.assertIn("consensus.pem", refused.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
