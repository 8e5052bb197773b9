"""Production refuses to serve while anybody can sign in as a demonstration person."""

import subprocess
import sys

import pytest
from django.contrib.auth import get_user_model
from django.core.checks import Tags, run_checks
from django.core.exceptions import ImproperlyConfigured

from config.checks import DEMO_PEOPLE_SENTENCE, refuse_demo_people
from config.settings import BASE_DIR

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo_person():
    return get_user_model().objects.create(username="demo", is_demo=True)


def test_production_refuses_demo_people(settings, demo_person):
    settings.PRODUCTION = True
    with pytest.raises(ImproperlyConfigured, match="demonstration people"):
        refuse_demo_people()
    assert "xunzhang.E001" in [message.id for message in run_checks(tags=[Tags.database], databases=["default"])]


def test_production_accepts_real_people(settings, demo_person):
    settings.PRODUCTION = True
    get_user_model().objects.update(is_demo=False)
    refuse_demo_people()
    assert "xunzhang.E001" not in [message.id for message in run_checks(tags=[Tags.database], databases=["default"])]


def test_development_accepts_demo_people(demo_person):
    refuse_demo_people()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "command",
    [
        ["-c", "import config.wsgi"],
        ["-m", "celery", "-A", "config", "worker", "--pool", "solo"],
        ["-m", "celery", "-A", "config", "beat", "--pidfile", ""],
    ],
    ids=["web", "worker", "beat"],
)
def test_no_process_of_production_serves_demo_people(process_environment, demo_person, command, tmp_path):
    environment = {
        **process_environment,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "XUNZHANG_ENV": "production",
        "XUNZHANG_VAR": str(tmp_path),
        "SECRET_KEY": "k" * 60,
        "BROKER_URL": "memory://",
        "ALLOWED_HOSTS": "xunzhang.example",
    }
    done = subprocess.run(
        [sys.executable, *command], env=environment, cwd=BASE_DIR, capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert DEMO_PEOPLE_SENTENCE in done.stderr
