"""Addresses of projects, declarations, calls, reserve and plans."""

from django.urls import path

from projects.views import calls, declarations, form, projects

app_name = "projects"

urlpatterns = [
    path("<slug:county>/projects/", projects.projects, name="projects"),
    path("<slug:county>/projects/<int:pk>/", projects.project, name="project"),
    path("<slug:county>/projects/<int:pk>/declaration/", projects.declaration, name="declaration"),
    path("<slug:county>/projects/<int:pk>/papers/", projects.papers, name="papers"),
    path("<slug:county>/projects/<int:pk>/money/", projects.money, name="money"),
    path("<slug:county>/findings/<int:pk>/judge/", projects.judge, name="judge"),
    path("<slug:county>/declarations/", declarations.declarations, name="declarations"),
    path("<slug:county>/declarations/new/", declarations.new, name="new"),
    path("<slug:county>/declarations/route/", declarations.route_of_new, name="route_of_new"),
    path("<slug:county>/declarations/classified/", declarations.classified, name="classified"),
    path("<slug:county>/declarations/<int:pk>/edit/", form.former, name="former_edit"),
    path("<slug:county>/declarations/<int:pk>/route/", form.preview, name="preview"),
    path("<slug:county>/declarations/<int:pk>/carry-over/", form.carry_over, name="carry_over"),
    path("<slug:county>/declarations/<int:pk>/partner/", form.partner, name="partner"),
    path("<slug:county>/calls/", calls.calls, name="calls"),
    path("<slug:county>/calls/new/", calls.new_call, name="new_call"),
    path("<slug:county>/calls/<int:pk>/", calls.call, name="call"),
    path("<slug:county>/calls/<int:pk>/late/<int:filing>/", calls.admit, name="admit_late"),
    path("<slug:county>/calls/<int:pk>/<slug:what>/", calls.move_call, name="move_call"),
    path("<slug:county>/reserve/", calls.reserve, name="reserve"),
    path("<slug:county>/plans/", calls.plans, name="plans"),
]
