from django.urls import path

from workflow.rules_pages import comparing, reading, trying

app_name = "rules"
urlpatterns = [
    path("<slug:county>/rules/", reading.read, name="read"),
    path("<slug:county>/rules/try/", trying.try_rules, name="try"),
    path("<slug:county>/rules/compare/", comparing.compare, name="compare"),
]
