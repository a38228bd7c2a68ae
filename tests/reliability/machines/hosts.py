"""Two machines that cannot prove each other's death, on one bucket of a real S3 server.

python -m tests.reliability.machines.hosts [REQUESTS] [KILLS]     # the long form: 200 requests, 10 kills
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from imagegen.making.stored import has_original
from imagegen.paying import claims
from imagegen.settings import Settings
from storage import Store
from tests.doubles import s3_servers
from tests.doubles.s3_servers import S3Server
from tests.reliability.invariants import Violation
from tests.reliability.machines.host import HOSTS, mark, requests
from tests.reliability.outcome import Outcome

ROOT = Path(__file__).parents[3]
LIMIT = 300.0
"""Seconds after which the two count as hung."""
CALM_LEASE, DEADLY_LEASE = 20.0, 1.5
"""Seconds of a lease: longer than a busy machine stalls a process where nobody is killed, short where somebody is."""


class Host:
    """One machine: a folder for its locks, and the process that runs on it."""

    def __init__(self, folder: Path, environment: dict[str, str], arguments: list[str]) -> None:
        folder.mkdir()
        self._environment = environment | {"TMPDIR": str(folder)}
        self._arguments = arguments
        self._log = folder / "log"
        self.start()

    def start(self) -> None:
        """Start the process, again where it was killed."""
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "tests.reliability.machines.host", *self._arguments]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """Kill the process as a machine's end would."""
        self.process.kill()
        self.process.wait()

    def read_log(self) -> str:
        """Return the end of what the process wrote."""
        return self._log.read_text()[-1500:]


def race(server: S3Server, count: int, *, kills: int = 0, seed: int = 0) -> Outcome:
    """Let two hosts come by the same originals at once, and kill one of them now and then."""
    with tempfile.TemporaryDirectory(prefix="imagegen-hosts-") as folder, ExitStack() as stack:
        log, store = Path(folder, "log"), server.store()
        log.touch()
        store.find_conditions()
        environment = _environment(server, store)
        arguments = [str(log), str(count), str(DEADLY_LEASE if kills else CALM_LEASE)]
        hosts = [Host(Path(folder, name), environment, arguments) for name in HOSTS]
        for host in hosts:
            stack.callback(host.kill)
        killed = _kill_now_and_then(hosts, log, count, kills, random.Random(seed))
        found = [violation for host in hosts if (violation := _end(host))]
        return _judge(store, count, log, killed, found)


def _environment(server: S3Server, store: Store) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "MINIO_ENDPOINT": server.endpoint,
        "MINIO_ACCESS_KEY": server.access_key,
        "MINIO_SECRET_KEY": server.secret_key,
        "MINIO_BUCKET": store.location.removeprefix("s3://"),
        "OPENAI_API_KEY": "sk-stand-in",
        "RETRY_UNANSWERED": "100",
    }


def _kill_now_and_then(hosts: list[Host], log: Path, count: int, kills: int, dice: random.Random) -> int:
    """Kill a host whenever another share of the calls was sent; return how many died."""
    killed = 0
    deadline = time.monotonic() + LIMIT
    while killed < kills and time.monotonic() < deadline and any(host.process.poll() is None for host in hosts):
        if log.read_text().count("call ") >= count * (killed + 1) // (kills + 1):
            host = dice.choice(hosts)
            host.kill()
            host.start()
            killed += 1
        time.sleep(dice.uniform(0.0, 0.02))
    return killed


def _end(host: Host) -> Violation | None:
    try:
        code = host.process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        return Violation("hung", f"a host still ran after {LIMIT} s: {host.read_log()}")
    return Violation("exit", f"a host ended with {code}: {host.read_log()}") if code else None


def _judge(store: Store, count: int, log: Path, killed: int, found: list[Violation]) -> Outcome:
    lines = [line.split(" ", 2) for line in log.read_text().splitlines()]
    sent = Counter(request for what, request, _ in lines if what == "call")
    wanted = Counter(request for request, _ in {(request, host) for what, request, host in lines if what == "want"})
    contested = sum(hosts > 1 for hosts in wanted.values())
    extra = 0
    for planned in requests(count, Settings(openai_api_key="sk-stand-in")):
        number, record = sent[mark(planned.request)], claims.read(store, planned.request_hash)
        spent = record.account_with_pending_call().total() if record else None
        accounted = spent.paid_calls + spent.possible_extra_charges if spent else 0
        extra += max(0, number - 1)
        if not has_original(store, planned.request_hash):
            found.append(Violation("incomplete", planned.leaf.prompt))
        if number > 1 and not killed:
            found.append(Violation("paid twice", f"{planned.leaf.prompt}: {number} calls, and nobody died"))
        if number > accounted:
            found.append(Violation("unaccounted", f"{planned.leaf.prompt}: {number} calls, {accounted} in the account"))
    return Outcome(
        tuple(found), Counter(requests=count, contested=contested, calls=sent.total(), extra=extra, kills=killed)
    )


def main() -> None:
    """Run the long form: once in peace, and once with kills."""
    count, kills = [*map(int, sys.argv[1:]), *(200, 10)[len(sys.argv) - 1 :]]
    broken = 0
    with tempfile.TemporaryDirectory(prefix="imagegen-s3-") as folder, open_server(Path(folder)) as server:
        for deaths in (0, kills):
            started = time.monotonic()
            outcome = race(server, count, kills=deaths)
            figures = ", ".join(f"{number} {what}" for what, number in outcome.counts.items())
            sys.stdout.write(f"{server.name}: {figures}, {time.monotonic() - started:.0f} s\n")
            for violation in outcome.violations:
                sys.stdout.write(f"    {violation.promise}: {violation.what}\n")
            broken += len(outcome.violations)
    sys.exit(1 if broken else 0)


def open_server(folder: Path) -> AbstractContextManager[S3Server]:
    """Start MinIO where there is one, else SeaweedFS."""
    if not s3_servers.no_minio():
        return s3_servers.minio(folder)
    program = s3_servers.weed()
    assert program, "neither minio nor weed is installed"
    return s3_servers.seaweedfs(program, folder)


if __name__ == "__main__":
    main()
