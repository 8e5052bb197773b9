from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegulationConfig(AppConfig):
    name = "regulation"
    verbose_name = _("Regulation")

    def ready(self) -> None:
        from regulation.stage import STAGE
        from workflow.stages import register

        register(STAGE)
