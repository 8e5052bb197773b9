"""The worker's side of the house: beat only wakes it up to look, the database is the truth for timers."""

import os
import sys

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("xunzhang")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def prepare_process(**_: object) -> None:
    """Start the embedded database where it is used, and refuse demo people in production.

    Celery goes on after an exception of a signal; only SystemExit ends the process.
    """
    from django.core.exceptions import ImproperlyConfigured

    from config.checks import refuse_demo_people
    from config.database import EmbeddedDatabaseError, ensure_running_if_used

    try:
        ensure_running_if_used()
        refuse_demo_people()
    except (EmbeddedDatabaseError, ImproperlyConfigured) as error:
        sys.exit(str(error))
