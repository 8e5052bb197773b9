"""The embedded database starts once, survives accidents and keeps to its own directory."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings

from config.database import EmbeddedDatabaseError
from demo import embedded

ENSURE = "from demo.embedded import ensure_running; print(ensure_running().sockets)"


@pytest.fixture
def surroundings(tmp_path_factory, monkeypatch) -> Iterator[Path]:
    """A place of the test's own; the server in it is stopped and its data removed afterwards."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="xz-", dir="/tmp") as directory:
        Path(directory).chmod(0o711)
        monkeypatch.setenv("XUNZHANG_VAR", directory)
        monkeypatch.delenv("DATABASE_URL", raising=False)
        yield Path(directory)
        embedded.remove()


def ask(statement: str) -> object:
    where = embedded.place()
    connection = psycopg2.connect(
        host=str(where.sockets), port=embedded.PORT, user=embedded.ROLE, dbname=embedded.DATABASE
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]
    finally:
        connection.close()


def server_number() -> int:
    return int((embedded.place().data / "postmaster.pid").read_text().splitlines()[0])


def wait_until_gone(number: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return
        os.sched_yield()
    raise AssertionError(f"Process {number} did not end.")


def test_one_server_however_many_processes_start_it_at_once(surroundings):
    starters = [
        subprocess.Popen([sys.executable, "-c", ENSURE], cwd=settings.BASE_DIR, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    answers = {starter.communicate(timeout=90)[0] for starter in starters}
    assert [starter.returncode for starter in starters] == [0] * 4
    assert len(answers) == 1
    first = server_number()
    embedded.ensure_running()
    assert server_number() == first


def test_it_comes_back_after_a_kill_whose_number_now_belongs_to_somebody_else(surroundings):
    embedded.ensure_running()
    ask("SELECT 1")
    where, number = embedded.place(), server_number()
    os.kill(number, signal.SIGKILL)
    wait_until_gone(number)
    lines = (where.data / "postmaster.pid").read_text().splitlines()
    (where.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), str(where.data), *lines[2:]]) + "\n")
    embedded.ensure_running()
    assert ask("SELECT 1") == 1


def test_the_role_may_make_roles_but_is_bound_by_row_level_security(surroundings):
    embedded.ensure_running()
    bound = "rolcreaterole AND NOT rolsuper AND NOT rolbypassrls"
    assert ask(f"SELECT {bound} FROM pg_roles WHERE rolname = current_user") is True
    assert ask("SELECT current_setting('TimeZone')") == "Asia/Shanghai"
    kind = "pg_encoding_to_char(encoding) || ' ' || datcollate"
    assert ask(f"SELECT {kind} FROM pg_database WHERE datname = current_database()") == "UTF8 C.UTF-8"
    assert ask("SELECT current_setting('listen_addresses')") == ""


def test_only_its_user_may_enter_and_nothing_outside_is_changed(surroundings):
    before = {parent: parent.stat().st_mode for parent in (surroundings, *surroundings.parents)}
    where = embedded.ensure_running()
    assert stat.S_IMODE(where.home.stat().st_mode) == stat.S_IMODE(where.sockets.stat().st_mode) == 0o700
    assert {parent: parent.stat().st_mode for parent in before} == before


def test_a_long_path_gets_a_short_socket_directory(surroundings, monkeypatch):
    monkeypatch.setenv("XUNZHANG_VAR", str(surroundings / ("d" * 60) / ("e" * 60)))
    where = embedded.place()
    assert len(str(where.socket)) < embedded.SOCKET_PATH_LIMIT
    embedded.ensure_running()
    assert ask("SELECT 1") == 1


def test_the_programs_of_the_wheel_serve_where_the_system_has_none(surroundings, monkeypatch):
    monkeypatch.setenv("XUNZHANG_PG_BIN", "wheel")
    embedded.ensure_running()
    assert "PostgreSQL" in str(ask("SELECT version()"))
    assert embedded.stop() is True
    assert embedded.stop() is False


def test_data_of_a_version_that_is_gone_are_refused_with_a_way_out(surroundings):
    where = embedded.ensure_running()
    embedded.stop()
    (where.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedDatabaseError, match="made by PostgreSQL 9, which is not installed"):
        embedded.ensure_running()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_puts_the_data_elsewhere_when_the_servers_user_cannot_reach_them(surroundings, monkeypatch):
    closed = surroundings / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setenv("XUNZHANG_VAR", str(closed / "var"))
    where = embedded.place()
    assert where.home.parent == Path("/var/lib") and where.home.name.startswith("xunzhang-")
    embedded.ensure_running()
    assert ask("SELECT 1") == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
