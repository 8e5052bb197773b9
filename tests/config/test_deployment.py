"""The production files are accepted by the programs that read them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from django.conf import settings

BASE = Path(settings.BASE_DIR)
REQUIRED = {
    "SECRET_KEY": "k" * 60,
    "DATABASE_PASSWORD": "word",
    "REDIS_PASSWORD": "word",
    "ALLOWED_HOSTS": "xunzhang.example",
}


def compose(**variables: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("docker-compose is not installed")
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **variables}
    command = [program, "--project-directory", str(BASE), "-f", str(BASE / "docker-compose.yml"), "config"]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_compose_accepts_the_file_when_everything_is_given():
    done = compose(**REQUIRED)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert {"db", "redis", "migrate", "web", "timers", "mail", "jobs", "beat"} <= set(services)
    assert all("healthcheck" in services[name] for name in set(services) - {"migrate"})


def test_every_queue_has_a_worker_of_its_own():
    services = yaml.safe_load((BASE / "docker-compose.yml").read_text())["services"]
    commands = [service["command"] for service in services.values() if "worker" in service.get("command", [])]
    taken = [command[command.index("--queues") + 1].removeprefix("xunzhang-") for command in commands]
    assert sorted(taken) == sorted(settings.QUEUES)
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert {settings.QUEUES["timers"], settings.QUEUES["mail"]} <= routed


@pytest.mark.parametrize("name", REQUIRED)
def test_compose_has_no_default_for_a_secret(name):
    done = compose(**{key: value for key, value in REQUIRED.items() if key != name})
    assert done.returncode != 0
    assert "give" in done.stderr


def test_the_image_runs_as_an_ordinary_user():
    stages = (BASE / "Dockerfile").read_text().split("\nFROM ")
    assert re.search(r"^USER (?!root)\w+$", stages[-1], re.MULTILINE)


def test_production_installs_the_versions_that_were_tested():
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9-]+==\S+)", (BASE / name).read_text(), re.MULTILINE))

    assert pins("requirements-production.lock") <= pins("requirements.lock")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-production.lock"])
def test_every_package_is_pinned_by_hash_and_names_no_host(name):
    text = (BASE / name).read_text()
    pins = re.findall(r"^[a-z0-9-]+==.*?(?=^[a-z0-9-]+==|\Z)", text, re.MULTILINE | re.DOTALL)
    assert len(pins) > 50
    assert all("--hash=sha256:" in pin for pin in pins)
    assert "://" not in text and "index-url" not in text


def test_front_end_packages_are_pinned_and_the_lock_names_no_registry():
    text = (BASE / "package-lock.json").read_text()
    assert '"resolved"' not in text and text.count('"integrity"') >= 6
