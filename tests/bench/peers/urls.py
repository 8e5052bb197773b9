"""The program's addresses, Django's admin and, where it is installed, viewflow."""

from importlib.util import find_spec

from django.urls import path

from config.urls import urlpatterns as ours
from tests.bench.peers.changelist import site

urlpatterns = [path("peers/admin/", site.urls)]
if find_spec("viewflow"):
    from tests.bench.peers.flow import flows

    urlpatterns.append(path("peers/", flows.urls))
urlpatterns += ours
