from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Makes the commands, system checks and catalogue of the house itself known to Django."""

    name = "config"
    label = "house"

    def ready(self) -> None:
        from config import checks  # noqa: F401
