from django.urls import path

from approvals import views

app_name = "approvals"

urlpatterns = [
    path("<slug:county>/steps/<int:pk>/", views.step, name="step"),
    path("<slug:county>/steps/<int:pk>/decide/", views.decide, name="decide"),
    path("<slug:county>/steps/<int:pk>/record/", views.record, name="record"),
    path("<slug:county>/steps/<int:pk>/return/", views.send_back, name="return"),
    path("<slug:county>/steps/<int:pk>/opinion/", views.give_opinion, name="opinion"),
    path("<slug:county>/steps/<int:pk>/revise/", views.revise_opinion, name="revise"),
    path("<slug:county>/steps/<int:pk>/concerned/", views.ask_concerned, name="ask_concerned"),
    path("<slug:county>/steps/<int:pk>/remind/", views.remind, name="remind"),
    path("<slug:county>/projects/<int:pk>/opinions/", views.opinions, name="opinions"),
    path("<slug:county>/meetings/", views.meetings, name="meetings"),
    path("<slug:county>/meetings/new/", views.new_meeting, name="new_meeting"),
    path("<slug:county>/meetings/<int:pk>/", views.meeting, name="meeting"),
    path("<slug:county>/meetings/<int:pk>/edit/", views.edit_meeting, name="edit_meeting"),
    path("<slug:county>/meetings/<int:pk>/cancel/", views.cancel_meeting, name="cancel_meeting"),
]
