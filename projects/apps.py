from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = _("Projects")

    def ready(self) -> None:
        from projects import handlers, pages, sentences  # noqa: F401
        from workflow.pages import show_projects_by

        show_projects_by(find=pages.find_project, head=pages.header)
