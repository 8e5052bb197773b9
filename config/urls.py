"""Addresses of the house. Each app adds its own in `<app>/urls.py`."""

from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from accounts.views.entrance import set_language
from config import views
from workflow.views.notices import own_address

handler400 = views.bad_request
urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/email/", own_address, name="account_email"),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("config.api")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("healthz", views.health, name="health"),
    path("metrics", views.metrics, name="metrics"),
]
if not settings.PRODUCTION:
    urlpatterns.append(path("", include("demo.urls")))
urlpatterns += [
    path("", include(f"{app}.urls"))
    for app in (
        "accounts",
        "jurisdictions",
        "regulation",
        "workflow",
        "projects",
        "approvals",
        "acceptance",
        "funding",
    )
    if find_spec(f"{app}.urls")
]
