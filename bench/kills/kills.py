"""Kill routing at many moments, and count what was lost, doubled or broken.

The exceptions of the demo are routed to a receiver on this machine. Each trial kills a
run with SIGKILL, lets the next run finish what it left, and a third one find nothing to
do. A Markdown table goes to stdout, progress to stderr.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.backtest.backtest_tables import table
from bench.kills.receiver import Receiver

PROJECT = Path(__file__).parents[2]
SEED = 15
TRIALS = 70
# What changes the world outside the process, or asks it.
SYSTEM_CALLS = (
    *("connect", "sendto", "recvfrom", "write", "pwrite64", "fdatasync", "fsync"),
    *("ftruncate", "openat", "rename", "unlink"),
)
HEADINGS = [
    *("killed at", "trials", "killed", "lost", "sent again"),
    *("doubled without a mark", "lines of the outbox doubled", "ledgers broken"),
]


@dataclass
class Tally:
    """What became of the trials of one kind of moment."""

    trials: int = 0
    killed: int = 0
    lost: int = 0
    again: int = 0
    unmarked: int = 0
    boxed_twice: int = 0
    broken: int = 0
    complaints: list[str] = field(default_factory=list)

    def cells(self, name: str) -> list[str]:
        """Return the cells of a line of the table."""
        counts = [self.trials, self.killed, self.lost, self.again, self.unmarked]
        return [name, *map(str, [*counts, self.boxed_twice, self.broken])]

    @property
    def is_sound(self) -> bool:
        """Whether nothing was lost, doubled in silence or broken."""
        return not (
            self.lost
            or self.unmarked
            or self.boxed_twice
            or self.broken
            or self.complaints
        )


Kill = Callable[[random.Random, "Trial"], int]


@dataclass
class Trial:
    """A home whose marts are built and of which nothing is routed yet."""

    home: Path
    receiver: Receiver
    whole_seconds: float
    whole_requests: int
    whole_calls: Counter[str]

    def command(self) -> list[str]:
        """Return the command that routes."""
        route = ["route", "--begin-anew", "--home", str(self.home)]
        return [sys.executable, "-m", "offpath", *route]

    def run(self) -> subprocess.CompletedProcess[bytes]:
        """Route to the end."""
        return subprocess.run(
            self.command(), env=environment(), capture_output=True, check=False
        )

    def start(self, *before: str) -> subprocess.Popen[bytes]:
        """Begin to route, maybe under another command."""
        return subprocess.Popen(
            [*before, *self.command()],
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def main() -> None:
    """Kill as often as is asked for, print the table, and fail if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--trials", type=int, default=TRIALS, help="of each kind of moment"
    )
    given = parser.parse_args()
    if given.trials < 1:
        parser.error("--trials is at least 1")
    tallies = dict(tried(given.trials))
    lines = [each.cells(name) for name, each in tallies.items()]
    sys.stdout.write("\n".join(table(HEADINGS, lines, 1)) + "\n")
    for each in tallies.values():
        sys.stderr.write("".join(f"{line}\n" for line in each.complaints))
    sys.exit(0 if all(each.is_sound for each in tallies.values()) else 1)


def tried(trials: int) -> Iterator[tuple[str, Tally]]:
    """Kill at each kind of moment; yield what became of it."""
    generator = random.Random(SEED)  # noqa: S311 - moments, no secrets
    with (
        tempfile.TemporaryDirectory(prefix="offpath-kills-") as folder,
        Receiver() as (receiver),
    ):
        say("building the demo")
        warehouse = built(Path(folder) / "built")
        kinds: dict[str, Kill] = {"a time": at_a_time, "an answer": at_an_answer}
        if shutil.which("strace"):
            kinds["a system call"] = at_a_system_call
        else:
            say("strace is not installed: no kills at system calls")
        whole = fresh(Path(folder) / "whole", warehouse, receiver)
        expected = measured(whole, is_traced="a system call" in kinds)
        for name, kill in kinds.items():
            tally = Tally()
            for number in range(trials):
                if number % 10 == 0:
                    say(f"{name}: {number} of {trials}")
                home = Path(folder) / f"{kill.__name__}-{number}"
                trial = fresh(home, warehouse, receiver)
                trial.whole_seconds = whole.whole_seconds
                trial.whole_requests = whole.whole_requests
                trial.whole_calls = whole.whole_calls
                judge(tally, trial, kill(generator, trial), expected)
                shutil.rmtree(home)
            yield name, tally


def at_a_time(generator: random.Random, trial: Trial) -> int:
    """Kill at any moment of the time that a whole run takes."""
    child = trial.start()
    time.sleep(generator.uniform(0, trial.whole_seconds))
    child.kill()
    return child.wait()


def at_an_answer(generator: random.Random, trial: Trial) -> int:
    """Kill when a request has arrived, just before it is answered or just after."""
    child = trial.start()
    trial.receiver.kill(
        child,
        generator.randint(1, trial.whole_requests),
        is_before_answer=generator.random() < 1 / 2,
    )
    return child.wait()


def at_a_system_call(generator: random.Random, trial: Trial) -> int:
    """Kill as any call begins that changes the world outside the process."""
    calls = [
        (name, number)
        for name, count in sorted(trial.whole_calls.items())
        for number in range(1, count + 1)
    ]
    name, number = generator.choice(calls)
    inject = f"inject={name}:signal=SIGKILL:when={number}"
    child = trial.start("strace", "-f", "-qq", "-o", os.devnull, "-e", inject)
    return child.wait()


def judge(
    tally: Tally,
    trial: Trial,
    killed: int,
    expected: frozenset[tuple[str, str]],
) -> None:
    """Let the next runs heal what is left, and count what they could not."""
    tally.trials += 1
    tally.killed += killed in (-signal.SIGKILL, 128 + signal.SIGKILL)
    trial.receiver.spare()
    if is_broken(trial.home / "ledger.sqlite"):
        tally.broken += 1
    healing = trial.run()
    if healing.returncode:
        said = healing.stderr.decode().splitlines()[-1:]
        tally.complaints.append(f"the next run ended {healing.returncode}: {said}")
    received = trial.receiver.taken()
    counts = Counter((each.path, each.message_id) for each in received)
    tally.lost += len(expected - counts.keys())
    tally.again += sum(count - 1 for count in counts.values())
    tally.unmarked += sum(
        count - 1 - sum(each.is_marked for each in received if each.key == key)
        for key, count in counts.items()
        # Who gets the id knows it again.
        if count > 1 and not key[0].startswith("/hook")
    )
    outbox = trial.home / "outbox.jsonl"
    lines = outbox.read_text(encoding="utf-8").splitlines() if outbox.exists() else []
    tally.boxed_twice += len(lines) - len(set(lines))
    again = trial.run()
    if again.returncode or len(trial.receiver.taken()) != len(received):
        tally.complaints.append(f"a run with nothing to do ended {again.returncode}")


def measured(whole: Trial, *, is_traced: bool) -> frozenset[tuple[str, str]]:
    """Route undisturbed: note time, requests and calls; return what is sent."""
    began = time.monotonic()
    done = whole.run()
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    whole.whole_seconds = time.monotonic() - began
    expected = frozenset(each.key for each in whole.receiver.taken())
    whole.whole_requests = len(expected)
    if is_traced:
        trace = whole.home / "trace"
        warehouse = (whole.home / "warehouse.duckdb").resolve()
        traced = fresh(whole.home.with_name("traced"), warehouse, whole.receiver)
        calls = ",".join(SYSTEM_CALLS)
        traced.start("strace", "-f", "-qq", "-o", str(trace), "-e", calls).wait()
        whole.whole_calls = calls_of_one_thread(trace)
    return expected


def calls_of_one_thread(trace: Path) -> Counter[str]:
    """Count the calls of the first thread by name: strace counts thread by thread."""
    counts: Counter[str] = Counter()
    first = ""
    for line in trace.read_text(errors="replace").splitlines():
        thread, _, call = line.partition(" ")
        first = first or thread
        name = call.strip().partition("(")[0]
        if thread == first and name in SYSTEM_CALLS:
            counts[name] += 1
    return counts


def fresh(home: Path, warehouse: Path, receiver: Receiver) -> Trial:
    """Make a home of the built marts and of channels that lead to the receiver.

    The receiver forgets what came before.
    """
    home.mkdir()
    (home / "warehouse.duckdb").symlink_to(warehouse)
    chat = receiver.url("/chat").replace("http://", "json://")
    (home / "channels.yml").write_text(
        f"""\
webhooks:
  - {{url: "{receiver.url("/hook/1")}", tag: [fulfilment, inventory, support]}}
  - {{url: "{receiver.url("/hook/2")}", tag: [billing, it_ops, fulfilment]}}
urls:
  - {chat}:
      - tag: [customer_success, packing_quality, support]
""",
        encoding="utf-8",
    )
    (home / "channels.yml").chmod(0o600)
    receiver.forget()
    return Trial(home, receiver, 0, 0, Counter())


def built(home: Path) -> Path:
    """Build the demo; return its warehouse."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dbt")), "--quiet", "build"],
        cwd=PROJECT,
        env=environment()
        | {
            "OFFPATH_HOME": str(home),
            "DBT_TARGET_PATH": str(home / "target"),
            "DBT_PROFILES_DIR": "profiles",
        },
        stdout=sys.stderr,
        check=False,
    )
    if done.returncode:
        message = "the demo could not be built"
        raise RuntimeError(message)
    return home / "warehouse.duckdb"


def environment() -> dict[str, str]:
    """Return the environment of the commands: at the instant of the build."""
    return os.environ | {
        "OFFPATH_AS_OF": "build",
        "PYTHONPATH": str(PROJECT / "scripts"),
        "DO_NOT_TRACK": "1",
    }


def is_broken(ledger: Path) -> bool:
    """Tell whether SQLite finds fault with a ledger that is there."""
    if not ledger.exists():
        return False
    try:
        with sqlite3.connect(ledger) as connection:
            (said,) = connection.execute("pragma integrity_check").fetchone()
    except sqlite3.DatabaseError:
        return True
    return str(said) != "ok"


def say(text: str) -> None:
    """Tell who waits what it is at."""
    sys.stderr.write(f"{text}\n")
