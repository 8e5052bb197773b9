from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demonstration, the gallery and the embedded database: what production neither installs nor imports."""

    name = "demo"
