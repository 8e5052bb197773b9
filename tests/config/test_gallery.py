"""The gallery shows every component in both languages and keeps to what the browser is told to allow."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from demo.gallery import SampleForm, gallery, sample_context

# The gallery needs no address but its own.
pytestmark = pytest.mark.urls("django.conf.urls.i18n")

COMPONENTS = Path(settings.BASE_DIR) / "templates" / "cotton"


@pytest.fixture
def request_of_a_visitor(rf: RequestFactory) -> HttpRequest:
    request = rf.get("/gallery/")
    request.user = AnonymousUser()
    return request


def page(request: HttpRequest, language: str, settings) -> str:
    settings.DEBUG = True
    with translation.override(language):
        return gallery(request).content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_keeps_scripts_and_styles_in_files(request_of_a_visitor, language, settings):
    html = page(request_of_a_visitor, language, settings)
    assert not re.search(r"\sstyle\s*=", html)
    assert not re.search(r"\son[a-z]+\s*=", html)
    assert not re.search(r"<style|hx-on", html)
    assert all('type="application/json"' in tag or " src=" in tag for tag in re.findall(r"<script[^>]*>", html))
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", html)


def test_no_component_or_tag_is_left_unrendered(request_of_a_visitor, settings):
    html = page(request_of_a_visitor, "zh-hans", settings)
    assert not re.search(r"</?c-|{%|{{|{#", html)


def test_every_component_is_in_use():
    used = "".join(path.read_text() for path in COMPONENTS.parent.rglob("*.html"))
    missing = [path.stem for path in COMPONENTS.glob("*.html") if f"<c-{path.stem.replace('_', '-')}" not in used]
    assert not missing


ATTACK = "<img src=x onerror=alert(1)>"


USE = re.compile(r"<c-([a-z-]+)((?:\s+[^\s/>\"=]+(?:=\"[^\"]*\")?)*)\s*/?>")
FREE = ("data-", "hx-", "aria-", "id", "class")


def declared(component: str) -> set[str] | None:
    """The attributes a component knows; None when there is no such component."""
    path = COMPONENTS / f"{component.replace('-', '_')}.html"
    if not path.exists():
        return None
    found = re.search(r"<c-vars(.*?)/>", path.read_text(encoding="utf-8"), re.DOTALL)
    return set(re.findall(r"[:\s]([a-z_]+)=", found[1])) if found else set()


def test_pages_use_components_as_they_are_declared():
    faults = []
    for path in COMPONENTS.parent.rglob("*.html"):
        for name, attributes in USE.findall(path.read_text(encoding="utf-8")):
            if name in ("slot", "vars"):
                continue
            known = declared(name)
            given = re.findall(r"\s:?([a-z_-]+)(?==|\s|$)", re.sub(r'"[^"]*"', '""', attributes))
            if known is None or not all(a in known or a.startswith(FREE) for a in given):
                faults.append((path.name, name, given))
    assert faults == []


def poisoned(value: Any) -> Any:
    """The sample with markup in every text that a person might have typed."""
    if isinstance(value, str):
        return value + ATTACK
    if isinstance(value, dict):
        ours = ("tone", "state", "url", "id", "icon", "unit", "remove_url")
        return {key: item if key in ours else poisoned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [poisoned(item) for item in value]
    return value


def test_what_people_type_is_never_markup(request_of_a_visitor):
    context = poisoned(sample_context()) | {
        "form": SampleForm({"name": ATTACK}),
        "plain_form": SampleForm(prefix="locked"),
    }
    html = render_to_string("demo/gallery.html", context, request_of_a_visitor)
    assert "<img" not in html
    assert html.count("&lt;img src=x") > 100


def test_the_gallery_is_not_there_in_production(request_of_a_visitor, settings):
    settings.DEBUG = False
    settings.PRODUCTION = True
    with pytest.raises(Http404):
        gallery(request_of_a_visitor)
