"""Addresses of projects, declarations, calls, reserve and plans."""

from django.urls import path

from projects.views import calls, declarations, form, projects

app_name = "projects"

urlpatterns = [
    path("<slug:county>/projects/", projects.projects, name="projects"),
    path("<slug:county>/projects/<int:pk>/", projects.project, name="project"),
    path("<slug:county>/projects/<int:pk>/papers/", projects.papers, name="papers"),
    path("<slug:county>/projects/<int:pk>/money/", projects.money, name="money"),
    path("<slug:county>/findings/<int:pk>/judge/", projects.judge, name="judge"),
    path("<slug:county>/declarations/", declarations.declarations, name="declarations"),
    path("<slug:county>/declarations/new/", declarations.new, name="new"),
    path("<slug:county>/declarations/classified/", declarations.classified, name="classified"),
    path("<slug:county>/declarations/<int:pk>/edit/", form.edit, name="edit"),
    path("<slug:county>/declarations/<int:pk>/save/", form.save, name="save"),
    path("<slug:county>/declarations/<int:pk>/route/", form.preview, name="preview"),
    path("<slug:county>/declarations/<int:pk>/submit/", form.submit, name="submit"),
    path("<slug:county>/declarations/<int:pk>/withdraw/", form.withdraw, name="withdraw"),
    path("<slug:county>/declarations/<int:pk>/carry-over/", form.carry_over, name="carry_over"),
    path("<slug:county>/declarations/<int:pk>/attach/", form.attach, name="attach"),
    path("<slug:county>/declarations/<int:pk>/papers/<int:paper>/remove/", form.detach, name="detach"),
    path("<slug:county>/declarations/<int:pk>/partner/", form.partner, name="partner"),
    path("<slug:county>/calls/", calls.calls, name="calls"),
    path("<slug:county>/calls/new/", calls.new_call, name="new_call"),
    path("<slug:county>/calls/<int:pk>/", calls.call, name="call"),
    path("<slug:county>/calls/<int:pk>/<slug:what>/", calls.move_call, name="move_call"),
    path("<slug:county>/reserve/", calls.reserve, name="reserve"),
    path("<slug:county>/plans/", calls.plans, name="plans"),
]
