"""The program's settings with the peers beside it."""

from importlib.util import find_spec

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS as OURS

INSTALLED_APPS = [
    *OURS,
    "django.contrib.admin",
    *(("viewflow", "viewflow.workflow", "tests.bench.peers") if find_spec("viewflow") else ()),
]
ROOT_URLCONF = "tests.bench.peers.urls"
MIGRATION_MODULES = {"viewflow": None}  # a proxy without migrations may not stand on a model that has them
