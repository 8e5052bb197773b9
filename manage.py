#!/usr/bin/env python
"""The command line of Xunzhang. Starts the embedded database first where a command needs one."""

import os
import sys

WITHOUT_DATABASE = """
    help version --help --version check makemessages compile_catalogues collectstatic startapp diffsettings
    findstatic stop_database reset_demo vendor_static list_articles spectacular
"""


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command not in WITHOUT_DATABASE.split() and "--help" not in sys.argv:
        from config.database import EmbeddedDatabaseError, ensure_running_if_used

        try:
            ensure_running_if_used()
        except EmbeddedDatabaseError as error:
            sys.exit(f"manage.py {command}: {error}")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
