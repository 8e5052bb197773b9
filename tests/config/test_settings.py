"""Production refuses to start with what is only good for development."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings

from config import settings as program

PRODUCTION = {
    "XUNZHANG_ENV": "production",
    "SECRET_KEY": "k" * 60,
    "DATABASE_URL": "postgres://someone:word@db.invalid:5432/xunzhang",
    "BROKER_URL": "redis://redis.invalid:6379/0",
    "ALLOWED_HOSTS": "xunzhang.example",
}


READ = "from django.conf import settings; print(settings.PRODUCTION, settings.DEBUG)"


def load_settings(tmp_path: Path, code: str = READ, **changes: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of their own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {
        **kept,
        "XUNZHANG_VAR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        **changes,
    }
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True
    )


def test_production_starts_when_everything_is_given(tmp_path):
    done = load_settings(tmp_path, **PRODUCTION)
    assert (done.returncode, done.stdout) == (0, "True False\n"), done.stderr


STARTED = """
import sys, django
django.setup()
from django.urls import Resolver404, resolve
for address in ("/demo/", "/demo/sign-in/", "/gallery/"):
    try:
        if resolve(address).app_name == "demo":
            print(address)
    except Resolver404:
        pass
print([name for name in sys.modules if name.split(".")[0] == "demo"])
"""


def test_production_knows_nothing_of_the_demonstration(tmp_path):
    done = load_settings(tmp_path, STARTED, **PRODUCTION)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_development_has_the_demonstration(tmp_path):
    done = load_settings(tmp_path, STARTED)
    assert done.stdout.startswith("/demo/\n/demo/sign-in/\n/gallery/\n["), done.stderr


def test_production_writes_nothing_of_its_own_under_var(tmp_path):
    load_settings(tmp_path, **PRODUCTION)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "BROKER_URL", "ALLOWED_HOSTS"])
def test_production_refuses_a_missing_value_and_names_it(tmp_path, name):
    done = load_settings(tmp_path, **{**PRODUCTION, name: ""})
    assert done.returncode != 0
    assert f"ImproperlyConfigured: Production needs {name}: " in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("XUNZHANG_DEBUG", "yes", "Production refuses XUNZHANG_DEBUG"),
        ("SECRET_KEY", "short", "SECRET_KEY of at least 50 characters"),
        ("ALLOWED_HOSTS", "*", "Production refuses ALLOWED_HOSTS=*"),
        ("XUNZHANG_ENV", "producton", "must be development or production"),
        ("DATABASE_URL", "sqlite:///x", "must name PostgreSQL"),
        ("EMAIL_PORT", "many", "EMAIL_PORT must be a whole number"),
        ("XUNZHANG_HTTPS", "perhaps", "XUNZHANG_HTTPS must be yes or no"),
    ],
)
def test_a_wrong_value_is_refused_with_a_sentence(tmp_path, name, value, sentence):
    done = load_settings(tmp_path, **{**PRODUCTION, name: value})
    assert done.returncode != 0
    assert "ImproperlyConfigured" in done.stderr and sentence in done.stderr


def test_development_needs_nothing_and_keeps_its_random_secret(tmp_path):
    first = load_settings(tmp_path)
    secret = (tmp_path / "secret_key").read_text()
    second = load_settings(tmp_path)
    assert (first.stdout, second.stdout) == ("True False\n".replace("True False", "False True"),) * 2
    assert len(secret) > 50 and (tmp_path / "secret_key").read_text() == secret
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_those_who_start_at_once_agree_on_one_secret(tmp_path):
    for number in range(20):
        directory, together = tmp_path / str(number), threading.Barrier(8)

        def start(directory=directory, together=together):
            together.wait()
            return program.development_secret(directory)

        with ThreadPoolExecutor(8) as several:
            keys = {one.result() for one in [several.submit(start) for _ in range(8)]}
        assert len(keys) == 1 and [path.name for path in directory.iterdir()] == ["secret_key"]


def test_passwords_are_stored_with_argon2_first():
    assert program.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"


def test_requests_open_no_transaction_of_their_own():
    assert program.DATABASES["default"]["ATOMIC_REQUESTS"] is False


def test_the_page_may_ask_no_other_host():
    directives = program.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    allowed = {source for sources in directives.values() for source in sources}
    assert allowed <= {"'self'", "'none'", "data:", "'unsafe-inline'"}
    assert "'unsafe-inline'" not in directives["script-src"] + directives["style-src"]
