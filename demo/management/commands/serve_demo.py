"""Run the demonstration: web server, workers and beat under one process that stops all of them."""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from demo import embedded

READY_SECONDS = 60
STOP_SECONDS = 15
RESTARTS = 5
PR_SET_PDEATHSIG = 1
# Compared with what was asked for, never a default.
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 # nosec B104


@dataclass
class Child:
    """A process of the demonstration; started anew when it ends by itself."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.starts = [moment for moment in self.starts if time.monotonic() - moment < 60] + [time.monotonic()]
        if self.process is not None:  # what a killed one left behind
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=settings.BASE_DIR,
                env={"XUNZHANG_DEBUG": "no", **os.environ},  # as quick as in production
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent(),
            )

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def stop(self, deadline: float) -> None:
        """Ask to end, then end it with what it started itself."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def ask_to_end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()


class Command(BaseCommand):
    help = "Serve the demonstration until Ctrl-C: web server, workers and beat, with logs under var/logs."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "").strip() or "127.0.0.1")
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "").strip() or 8000))

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demonstration does not run in production; see the README for how to serve.")
        lock = take_lock()
        if lock is None:
            raise CommandError("The demonstration of this folder is running already.")
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _raise_interrupt)
        host, port = options["host"], free_port(options["host"], options["port"])
        children = make_children(host, port, settings.VAR_DIR / "logs")
        try:
            for child in children:
                child.start()
            reached = "localhost" if host in {"127.0.0.1", EVERY_ADDRESS} else host
            address = f"http://{reached}:{port}/"
            wait_until_ready(children[0], f"{address}healthz")
            self.announce(address, children, port != options["port"])
            self.watch(children)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping ...")
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            for child in children:
                child.ask_to_end()
            deadline = time.monotonic() + STOP_SECONDS
            for child in children:
                child.stop(deadline)
            connection.close()
            if settings.EMBEDDED_DATABASE:
                embedded.stop_unless_used()
            lock.close()
        self.stdout.write("Stopped. The data are kept; `make demo` goes on with them, `make reset` starts anew.")

    def announce(self, address: str, children: list[Child], moved: bool) -> None:
        self.stdout.write("")
        self.stdout.write(f"  循章 Xunzhang:  {address}")
        if moved:
            self.stdout.write("  (the port asked for is taken; this is the next free one)")
        for child in children:
            self.stdout.write(f"  {child.name + ' log:':<14}{child.log}")
        if settings.EMBEDDED_DATABASE:
            self.stdout.write(f"  {'database:':<14}{embedded.place().home}")
        self.stdout.write("  Ctrl-C stops everything; the data are kept.\n")
        self.stdout.flush()

    def watch(self, children: list[Child]) -> None:
        """Start a child anew when it ends by itself; give up when it keeps ending."""
        while True:
            time.sleep(1)
            for child in children:
                if child.ended():
                    if len(child.starts) >= RESTARTS:
                        raise CommandError(f"{child.name} keeps ending; the reason stands in {child.log}.")
                    self.stderr.write(f"{child.name} ended and is started anew; see {child.log}.")
                    child.start()


def make_children(host: str, port: int, logs: Path) -> list[Child]:
    """Web server first, then a worker for each queue, so that none waits for another, and beat."""
    logs.mkdir(parents=True, exist_ok=True)
    python = sys.executable
    granian = [
        python,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        host,
        "--port",
        str(port),
        "--workers",
        "2",
        "--blocking-threads",
        "8",
        "--no-ws",
        "config.wsgi:application",
    ]
    celery = [python, "-m", "celery", "-A", "config"]
    worker = [*celery, "worker", "--loglevel", "INFO", "--pool", "solo", "--without-gossip", "--without-mingle"]
    workers = {
        room: [*worker, "--queues", queue, "--hostname", f"{room}@%h"] for room, queue in settings.QUEUES.items()
    }
    beat = [*celery, "beat", "--loglevel", "INFO", "--pidfile", ""]
    commands = {"web": granian, **workers, "beat": beat}
    return [Child(name, command, logs / f"{name}.log") for name, command in commands.items()]


def free_port(host: str, wanted: int) -> int:
    """`wanted`, or the next port nobody listens on; raises CommandError after a hundred."""
    for port in range(wanted, min(wanted + 100, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except PermissionError:
                raise CommandError(f"Port {port} needs more rights: choose one above 1023 with PORT=…") from None
            except OSError:
                continue
            return port
    raise CommandError(f"No port from {wanted} on is free: choose another with PORT=…")


def wait_until_ready(web: Child, address: str) -> None:
    """Wait for the web server's first answer; raise CommandError with the end of its log otherwise."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if web.ended():
            break
        try:
            # The address is our own.
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 # nosec B310
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            raise CommandError(f"The web server answers {error.code}; the reason stands in {web.log}.") from error
        except OSError:
            time.sleep(0.2)
    last = "\n".join(web.log.read_text(errors="replace").splitlines()[-20:])
    raise CommandError(f"The web server did not start; its log {web.log} ends with:\n{last}")


def take_lock() -> IO[str] | None:
    """The lock that one demonstration of a folder holds; None when another holds it."""
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    lock = (settings.VAR_DIR / "demo.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def held_by_another() -> bool:
    """Whether a demonstration of this folder is running."""
    lock = take_lock()
    if lock is None:
        return True
    lock.close()
    return False


def _raise_interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _end_with_parent() -> Callable[[], None] | None:
    """On Linux: let the kernel end the child when this process is killed before it can do so."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask_kernel
