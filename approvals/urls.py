from django.urls import path

from approvals.views import meetings, opinions, replies, steps

app_name = "approvals"

urlpatterns = [
    path("<slug:county>/steps/<int:pk>/", steps.step, name="step"),
    path("<slug:county>/steps/<int:pk>/decide/", steps.decide, name="decide"),
    path("<slug:county>/steps/<int:pk>/record/", steps.record, name="record"),
    path("<slug:county>/steps/<int:pk>/return/", steps.send_back, name="return"),
    path("<slug:county>/steps/<int:pk>/opinion/", opinions.give_opinion, name="opinion"),
    path("<slug:county>/steps/<int:pk>/revise/", opinions.revise_opinion, name="revise"),
    path("<slug:county>/steps/<int:pk>/concerned/", opinions.ask_concerned, name="ask_concerned"),
    path("<slug:county>/steps/<int:pk>/remind/", opinions.remind, name="remind"),
    path("<slug:county>/projects/<int:pk>/opinions/", opinions.opinions, name="opinions"),
    path("<slug:county>/projects/<int:pk>/replies/", replies.replies, name="replies"),
    path("<slug:county>/conditions/<int:pk>/", replies.condition, name="condition"),
    path("<slug:county>/meetings/", meetings.meetings, name="meetings"),
    path("<slug:county>/meetings/new/", meetings.new_meeting, name="new_meeting"),
    path("<slug:county>/meetings/<int:pk>/", meetings.meeting, name="meeting"),
    path("<slug:county>/meetings/<int:pk>/edit/", meetings.edit_meeting, name="edit_meeting"),
    path("<slug:county>/meetings/<int:pk>/cancel/", meetings.cancel_meeting, name="cancel_meeting"),
]
