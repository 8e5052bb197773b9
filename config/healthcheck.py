"""Whether the process of a container does its work: `python -m config.healthcheck web|worker|beat`."""

import http.client
import os
import socket
import sys
import time
from pathlib import Path

# Beat writes its schedule down every three minutes at the latest.
BEAT_SILENCE_SECONDS = 600


def web() -> bool:
    """The web server answers and reaches its database."""
    connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=8)
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    connection.request("GET", "/healthz", headers={"Host": host})
    return connection.getresponse().status == 200


def worker() -> bool:
    """The worker of this container answers a ping through the broker."""
    from config.celery import app

    return bool(app.control.inspect([f"celery@{socket.gethostname()}"], timeout=10).ping())


def beat() -> bool:
    """Beat wrote its schedule down not long ago."""
    from django.conf import settings

    written = [path.stat().st_mtime for path in Path(settings.VAR_DIR).glob("celerybeat-schedule*")]
    return bool(written) and time.time() - max(written) < BEAT_SILENCE_SECONDS


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    checks = {"web": web, "worker": worker, "beat": beat}
    if len(sys.argv) != 2 or sys.argv[1] not in checks:
        sys.exit(f"usage: python -m config.healthcheck {'|'.join(checks)}")
    try:
        well = checks[sys.argv[1]]()
    except OSError as error:
        sys.exit(f"{sys.argv[1]}: {error}")
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
