from django.urls import path

from approvals.changes import views as changes
from approvals.experts.views import guest, library, panels
from approvals.views import findings, meetings, opinions, plans, replies, steps

app_name = "approvals"

urlpatterns = [
    path("<slug:county>/steps/<int:pk>/", steps.step, name="step"),
    path("<slug:county>/steps/<int:pk>/decide/", steps.decide, name="decide"),
    path("<slug:county>/steps/<int:pk>/record/", steps.record, name="record"),
    path("<slug:county>/steps/<int:pk>/bundle/", steps.bundle, name="bundle"),
    path("<slug:county>/steps/<int:pk>/return/", steps.send_back, name="return"),
    path("<slug:county>/steps/<int:pk>/opinion/", opinions.give_opinion, name="opinion"),
    path("<slug:county>/steps/<int:pk>/revise/", opinions.revise_opinion, name="revise"),
    path("<slug:county>/steps/<int:pk>/concerned/", opinions.ask_concerned, name="ask_concerned"),
    path("<slug:county>/steps/<int:pk>/remind/", opinions.remind, name="remind"),
    path("<slug:county>/projects/<int:pk>/opinions/", opinions.opinions, name="opinions"),
    path("<slug:county>/changes/", changes.all_changes, name="changes"),
    path("<slug:county>/changes/<int:pk>/preview/", changes.preview, name="change_preview"),
    path("<slug:county>/changes/<int:pk>/redeclare/", changes.redeclare, name="redeclare_change"),
    path("<slug:county>/projects/<int:pk>/changes/", changes.of_project, name="project_changes"),
    path("<slug:county>/projects/<int:pk>/changes/new/", changes.new, name="new_change"),
    path("<slug:county>/projects/<int:pk>/replies/", replies.replies, name="replies"),
    path("<slug:county>/conditions/<int:pk>/", replies.condition, name="condition"),
    path("<slug:county>/projects/<int:pk>/delay/", findings.delay, name="delay"),
    path("<slug:county>/findings/<int:pk>/", findings.finding, name="finding"),
    path("<slug:county>/plans/compile/", plans.compile_plan, name="compile_plan"),
    path("<slug:county>/plans/<int:pk>/", plans.plan, name="plan"),
    path("<slug:county>/plans/<int:pk>/<slug:what>/", plans.act, name="plan_act"),
    path("<slug:county>/meetings/", meetings.meetings, name="meetings"),
    path("<slug:county>/meetings/new/", meetings.new_meeting, name="new_meeting"),
    path("<slug:county>/meetings/<int:pk>/", meetings.meeting, name="meeting"),
    path("<slug:county>/meetings/<int:pk>/edit/", meetings.edit_meeting, name="edit_meeting"),
    path("<slug:county>/meetings/<int:pk>/cancel/", meetings.cancel_meeting, name="cancel_meeting"),
    path("<slug:county>/experts/", library.experts, name="experts"),
    path("<slug:county>/experts/new/", library.new_expert, name="new_expert"),
    path("<slug:county>/experts/<int:pk>/", library.expert, name="expert"),
    path("<slug:county>/experts/<int:pk>/move/", library.move_expert, name="move_expert"),
    path("<slug:county>/experts/lists/", library.lists, name="expert_lists"),
    path("<slug:county>/experts/template/", library.template, name="expert_template"),
    path("<slug:county>/experts/import/", library.new_import, name="new_expert_import"),
    path("<slug:county>/experts/import/<int:pk>/", library.expert_import, name="expert_import"),
    path("<slug:county>/experts/fees/", library.fees, name="expert_fees"),
    path("<slug:county>/experts/reviews/", panels.all_panels, name="panels"),
    path("<slug:county>/experts/reviews/<int:pk>/", panels.panel, name="panel"),
    path("<slug:county>/experts/reviews/<int:pk>/edit/", panels.edit_panel, name="edit_panel"),
    path("<slug:county>/experts/reviews/<int:pk>/link/", panels.link, name="panel_link"),
    path("<slug:county>/experts/reviews/<int:pk>/<slug:what>/", panels.act, name="panel_act"),
    path("<slug:county>/experts/draws/<int:pk>/", panels.draw, name="draw"),
    path("<slug:county>/experts/draws/<int:pk>/file/", panels.draw_file, name="draw_file"),
    path("<slug:county>/projects/<int:pk>/experts/", panels.of_project, name="project_experts"),
    path("<slug:county>/projects/<int:pk>/experts/ask/", panels.ask, name="ask_experts"),
    path("<slug:county>/projects/<int:pk>/experts/new/", panels.new_panel, name="new_panel"),
    # By the link alone, without an account: the county stands under another name (approvals.experts.views.guest).
    path("<slug:code>/expert/<str:token>/", guest.review, name="expert_review"),
    path("<slug:code>/expert/<str:token>/papers/<int:pk>/", guest.paper, name="expert_paper"),
]
