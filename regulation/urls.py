"""Addresses of the rules as people use them: reading, trying, comparing, and the calendar they count by."""

from django.urls import path

from regulation.views import article, calendar, comparing, reading, trying

app_name = "regulation"

urlpatterns = [
    path("<slug:county>/rules/", reading.read, name="read"),
    path("<slug:county>/rules/try/", trying.try_rules, name="try"),
    path("<slug:county>/rules/compare/", comparing.compare, name="compare"),
    path("<slug:county>/rules/articles/<str:key>/", article.article, name="article"),
    path("<slug:county>/calendar/", calendar.calendar, name="calendar"),
    path("<slug:county>/calendar/year/", calendar.paste_year, name="paste_year"),
    path("<slug:county>/calendar/day/", calendar.set_day, name="set_day"),
]
