import os

from config.database import ensure_running_if_used

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
ensure_running_if_used()

from config import requests  # noqa: E402

application = requests.application()

from config.checks import refuse_demo_people  # noqa: E402

refuse_demo_people()
