from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = _("Projects")

    def ready(self) -> None:
        from projects import handlers, project_page, sentences  # noqa: F401
        from workflow.desk.project_frame import show_projects_by

        show_projects_by(find=project_page.find_project, head=project_page.header)
