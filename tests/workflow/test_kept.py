"""Parts of pages kept in memory: for what they show, and for nothing else."""

from __future__ import annotations

import datetime as dt

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.safestring import SafeString
from django.utils.translation import override

from tests.people import Town
from workflow.desk import kept
from workflow.desk.kept import part
from workflow.desk.route_line import route_line

HINT = "frame/hint.html"


def hint(said: object, **others: object) -> str:
    tokens = {"csrf_token": lambda: "token-of-this-page", "shown_token": lambda: "7.abcdefgh"}
    return part(HINT, {"hint": said, "put_address": "/x/", **others}, tokens=tokens)


def test_a_part_is_put_together_once_for_what_it_shows() -> None:
    kept._pieces.cache_clear()
    with override("en"):
        assert hint("one") == hint("one")
        assert "two" in hint("two")
    with override("zh-hans"):
        assert hint("one") != hint("two")
    assert (kept._pieces.cache_info().misses, kept._pieces.cache_info().hits) == (4, 1)


def test_what_differs_from_page_to_page_is_put_in_afterwards_escaped() -> None:
    assert 'value="/x/"' in hint("one")
    found = hint("one", put_address='/x/?q="><script>\0csrf_token\0')
    assert "<script>" not in found
    assert "token-of-this-page" in found and "7.abcdefgh" in found


def test_a_text_is_never_taken_for_html_that_was_kept() -> None:
    assert "<b>" in hint(SafeString("<b>"))
    assert "<b>" not in hint("<b>")


def test_a_part_takes_plain_values_alone(alpha: Town) -> None:
    with pytest.raises(TypeError, match="User"):
        hint(alpha.reviewer.user)


def test_a_part_sees_nothing_of_the_page_around_it() -> None:
    request = RequestFactory().get("/")
    around = {"request": request, "put_address": "around", "hint": "around", "csrf_token": "token"}
    template = Template('{% load desk %}{% kept "frame/hint.html" help_url="here" %}')
    found = template.render(Context(around))
    assert "here" in found and "around" not in found


def test_a_route_put_together_by_hand_shows_its_states_and_escapes() -> None:
    day = dt.date(2026, 11, 27)
    steps = [
        {"label": "<b>", "state": "done", "office": "<i>", "done_on": day, "url": '/x/"/'},
        {"label": "two", "state": "present", "left": -1, "due": day, "whose": "<u>", "silence": "hush"},
        {"label": "three", "due": day, "provisional": True, "tacit": True, "note": "noted"},
    ]
    with override("en"):
        done, present, coming = route_line(steps, "<r>").split("<li ")[1:]
    assert "&lt;b&gt;" in done and "&lt;i&gt;" in done and "&quot;" in done and "2026-11-27" in done
    assert 'aria-current="step"' in present and "1 working day overdue" in present and "&lt;u&gt;" in present
    assert present.index("2026-11-27") < present.index("hush")
    assert "by 2026-11-27" in coming and "provisional" in coming and "noted" in coming and "tacit" in coming
    assert 'aria-label="&lt;r&gt;"' in route_line(steps, "<r>")
