"""The integrators' example client, run as an integrator would, against a network of `jinshi devnet up`: what it submits
verifies, its pages are whole, and its watch lives through the node's SIGKILL. Run by ctest."""

import argparse
import json
import os
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

parser = argparse.ArgumentParser()
parser.add_argument("--jinshi", required=True)
parser.add_argument("--source", required=True)
options, rest = parser.parse_known_args()

EXAMPLE = pathlib.Path(options.source) / "docs/examples/registration_client.py"
SAMPLE = pathlib.Path(options.source) / "samples/sample-day.jsonl"
# Nothing is left beside the example, and no network or passphrase of the caller's is taken for ours.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("JINSHI_")}
ENVIRONMENT["PYTHONDONTWRITEBYTECODE"] = "1"


def three_free_ports():
    """The first of three free ports in a row, as `devnet up` takes them."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = probe.getsockname()[1]
        try:
            for port in range(first, first + 3):
                with socket.socket() as each:
                    each.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue


class ExampleClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="jinshi-example-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.network = cls.folder / "network"
        cls.port = three_free_ports()
        cls.pid = None
        cls.addClassCleanup(cls.kill_node)
        cls.up("--port", str(cls.port), "--time", "2026-11-23T08:00+08:00")
        cls.jinshi("replay", str(SAMPLE), "--families", "organisation")
        (cls.folder / "data").write_bytes(bytes(i % 251 for i in range(67036)))
        (cls.folder / "about.md").write_text("what it is")

    @classmethod
    def jinshi(cls, *arguments, check=True):
        done = subprocess.run([options.jinshi, "--output", "json", *arguments], capture_output=True, text=True,
                              timeout=30, env={**ENVIRONMENT, "JINSHI_NETWORK": str(cls.network)})
        assert not check or done.returncode == 0, f"jinshi {arguments}: {done.stdout}{done.stderr}"
        return done

    @classmethod
    def up(cls, *arguments):
        try:
            cls.jinshi("devnet", "up", *arguments)
        finally:  # a node that is only late is stopped, too
            pid = cls.network / "node/jinshid.pid"
            cls.pid = int(pid.read_text()) if pid.exists() else None

    @classmethod
    def kill_node(cls):
        if cls.pid is None:
            return
        os.kill(cls.pid, signal.SIGKILL)
        # Not our child: its end shows by its address, which the next node needs.
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", cls.port)) != 0:
                    break
            time.sleep(0.02)
        cls.pid = None

    @classmethod
    def command(cls, *arguments):
        return ["/usr/bin/python3", str(EXAMPLE), "--address", f"127.0.0.1:{cls.port}", "--network", str(cls.network),
                *map(str, arguments)]

    def client(self, *arguments):
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=30, env=ENVIRONMENT)

    def register(self, asset, *arguments):
        return self.client("register", "--org", "museum", "--asset", asset, "--name", "遗物 relics",
                           "--data", self.folder / "data", "--description", self.folder / "about.md",
                           "--out", self.folder, *arguments)

    def register_all(self, assets):
        for asset in assets:
            done = self.register(asset)
            self.assertEqual(done.returncode, 0, done.stderr)

    def history(self):
        """Each event of the ledger as the client prints it: its place and its name."""
        events = json.loads(self.jinshi("history", "--all").stdout)["events"]
        return [(each["cursor"], each["event"].lower()) for each in events]

    def wait_until(self, condition, what):
        deadline = time.monotonic() + 20
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.001)

    @staticmethod
    def printed(text):
        return [(place, name.replace("_", "")) for place, name in (line.split() for line in text.splitlines())]

    def test_1_a_registration_is_applied_for_and_its_receipt_verifies_offline(self):
        done = self.register("relics-0")
        self.assertEqual(done.returncode, 0, done.stderr)
        receipt = str(self.folder / "relics-0.receipt")
        self.jinshi("verify", receipt, "--genesis", str(self.network / "genesis.bin"))
        record = json.loads(self.jinshi("show", "asset", "relics-0").stdout)
        self.assertEqual((record["size_bytes"], record["content"]["chunk_count"]), (67036, 1))
        self.assertFalse((self.folder / "relics-0.transaction").exists())

    def test_2_a_refusal_is_told_with_its_reason_field_and_mend(self):
        # The first by the node's forecast; the second is too large to be a transaction at all, which is a gRPC error
        # with the same Refusal in its status details.
        with ThreadPoolExecutor() as both:
            forecast = both.submit(self.register, "a b")
            error = both.submit(self.register, "relics-x", "--name", "x" * 70_000)
        for done, reason, field in ((forecast.result(), "REASON_BAD_ID", "operations[0].apply_registration.asset"),
                                    (error.result(), "REASON_TOO_LARGE", "operations[0]")):
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertRegex(done.stderr, rf"refused: {reason}\n  field: {re.escape(field)}\n  mend:  \w+")
        self.assertEqual(list(self.folder.glob("*.transaction")), [], "nothing is left to be sent again")

    def test_3_pages_of_two_give_every_asset_once(self):
        with ThreadPoolExecutor() as both:
            for done in both.map(self.register, ("relics-1", "relics-2")):
                self.assertEqual(done.returncode, 0, done.stderr)
        done = self.client("list", "--page-size", "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        listed = [line.split("\t")[0] for line in done.stdout.splitlines()]
        self.assertEqual(sorted(listed), ["relics-0", "relics-1", "relics-2"])

    def test_4_a_watch_lives_through_a_killed_node_with_no_event_lost_or_doubled(self):
        first = 4
        more = ["more-0", "more-1", "more-2"]
        before = self.history()
        cursor = self.folder / "follower.db"
        begun = self.client("watch", "--events", first, "--cursor", cursor)
        self.assertEqual(self.printed(begun.stdout), before[:first], begun.stderr)

        remaining = len(before) - first + len(more)
        out, errors = self.folder / "watch.out", self.folder / "watch.err"
        with open(out, "w") as out_file, open(errors, "w") as errors_file:
            watcher = subprocess.Popen(self.command("watch", "--events", remaining, "--cursor", cursor),
                                       stdout=out_file, stderr=errors_file, env=ENVIRONMENT)
        self.addCleanup(watcher.wait)
        self.addCleanup(watcher.kill)
        self.wait_until(lambda: out.stat().st_size > 0, "the watch goes on where it ended")

        self.register_all(more[:1])
        failures = []

        def register_more():
            try:
                self.register_all(more[1:])
            except BaseException as failure:  # told in the test's own thread
                failures.append(failure)

        registering = threading.Thread(target=register_more)
        registering.start()
        # The client keeps what it has signed here just before it sends it.
        self.wait_until((self.folder / f"{more[1]}.transaction").exists, "a registration is under way")
        self.kill_node()
        self.up()
        registering.join(timeout=30)
        self.assertFalse(registering.is_alive(), "the registrations go on after the restart")
        self.assertEqual(failures, [])
        watcher.wait(timeout=30)
        self.assertEqual(watcher.returncode, 0, errors.read_text())
        self.assertIn("trying again", errors.read_text())

        history = self.history()
        self.assertEqual(len(history), len(before) + len(more), "each registration once, whatever was sent again")
        self.assertEqual(self.printed(begun.stdout) + self.printed(out.read_text()), history)
        with sqlite3.connect(cursor) as database:
            kept = database.execute("SELECT place, what FROM event ORDER BY rowid").fetchall()
        self.assertEqual([(place, what.replace("_", "")) for place, what in kept], history)


if __name__ == "__main__":
    unittest.main(argv=["example_test.py", *rest], verbosity=2)
