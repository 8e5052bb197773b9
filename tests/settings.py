"""The settings of the program, in surroundings of the tests' own: nothing here changes what the program does.

Tests run on an embedded cluster beside the demonstration's, or on the servers that `DATABASE_URL` and `BROKER_URL`
name. Sessions that run at once each take a test database of their own, `test_xunzhang`, `test_xunzhang_2`, …
(`XUNZHANG_TEST_DB` chooses the name), and with Redis a numbered database of their own, down from the one that is named.
"""

import fcntl
import os
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent

os.environ["XUNZHANG_ENV"] = "development"
os.environ.setdefault("XUNZHANG_VAR", str(PROJECT_DIR / "var" / "test"))
os.environ.setdefault("XUNZHANG_PG_FSYNC", "off")
os.environ.setdefault("LOG_LEVEL", "WARNING")

# The lock is held as long as the session lives, and by no child of it.
_lease = None


def _take_number(base: str) -> int:
    """The first of base, base_2, … that no other session holds."""
    global _lease
    directory = Path(os.environ["XUNZHANG_VAR"]) / "leases"
    directory.mkdir(parents=True, exist_ok=True)
    for number in range(1, 100):
        lease = (directory / _numbered(base, number)).open("a")
        try:
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lease.close()
        else:
            _lease = lease
            return number
    raise RuntimeError(f"A hundred test sessions hold {base} and its numbers: end some of them.")


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}_{number}"


def _broker(address: str, number: int) -> str:
    """The session's own of the numbered databases of Redis."""
    server, _, database = address.rpartition("/")
    if not address.startswith(("redis:", "rediss:")) or not database.isdigit():
        return address
    return f"{server}/{max(int(database) - number + 1, 0)}"


_base = os.environ.get("XUNZHANG_TEST_DB", "").strip() or "test_xunzhang"
# A process that a test starts inherits the session's name and broker.
if "XUNZHANG_TEST_NAME" not in os.environ:
    _number = _take_number(_base)
    os.environ["XUNZHANG_TEST_NAME"] = _numbered(_base, _number)
    os.environ["BROKER_URL"] = _broker(os.environ.get("BROKER_URL", ""), _number)
TEST_NAME = os.environ["XUNZHANG_TEST_NAME"]
os.environ["CELERY_QUEUE"] = TEST_NAME

from config.settings import *  # noqa: E402, F403
from config.settings import (  # noqa: E402
    CELERY_BROKER_TRANSPORT_OPTIONS,
    DATABASES,
    EMBEDDED_BROKER,
    VAR_DIR,
)

DATABASES["default"]["TEST"] |= {"NAME": TEST_NAME, "TEMPLATE": f"{_base}_template"}
if EMBEDDED_BROKER:
    for option, folder in (
        ("data_folder_in", "messages"),
        ("data_folder_out", "messages"),
        ("processed_folder", "processed"),
        ("control_folder", "control"),
    ):
        path = VAR_DIR / "broker" / TEST_NAME / folder
        path.mkdir(parents=True, exist_ok=True)
        CELERY_BROKER_TRANSPORT_OPTIONS[option] = str(path)
# Counties of two sessions have the same numbers, and papers and heads of the audit trail lie by county.
if "DOCUMENTS_DIR" not in os.environ:
    MEDIA_ROOT = VAR_DIR / "documents" / TEST_NAME
if "AUDIT_HEADS_DIR" not in os.environ:
    AUDIT_HEADS_DIR = VAR_DIR / "audit-heads" / TEST_NAME
# Argon2 is slow on purpose; the order of the program's own hashers is tested on config.settings.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# One process, emptied before each test: counted attempts of one test are no business of the next.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": TEST_NAME}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
