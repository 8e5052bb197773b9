"""Every text of the source has its Chinese."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import override, trans_real
from django.utils.translation.template import templatize

from accounts.models import User

BASE = Path(settings.BASE_DIR)
APPS = [path.parent.name for path in BASE.glob("*/apps.py")]
FUNCTIONS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
WITH_CONTEXT = {"pgettext", "pgettext_lazy"}


def python_texts(path: Path) -> Iterator[str]:
    """The texts that a module hands to gettext."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
        values = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        if name in FUNCTIONS and values and isinstance(values[0], str):
            yield values[0]
        elif name in WITH_CONTEXT and len(values) == 2:
            yield f"{values[0]!s}\x04{values[1]!s}"


def template_texts(path: Path) -> Iterator[str]:
    """The texts of a template's translate and blocktranslate tags."""
    source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    for call in re.finditer(r"(?<!\w)(n?p?gettext)\(u?(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", source):
        yield ast.literal_eval(call["text"])


def sources() -> list[Path]:
    modules = [path for app in APPS for path in (BASE / app).rglob("*.py") if "migrations" not in path.parts]
    folders = (BASE / "templates", *BASE.glob("*/templates"))
    templates = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return sorted(modules + templates)


def known(text: str) -> bool:
    catalogue = trans_real.translation("zh-hans")._catalog  # type: ignore[attr-defined]
    return text in catalogue or (text, 0) in catalogue


def test_a_text_without_chinese_would_be_found(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        "{% load i18n %}<p title=\"{% translate 'No such text' %}\">"
        "{% blocktranslate %}Nor {{ x }}{% endblocktranslate %}"
    )
    module = tmp_path / "module.py"
    module.write_text("from x import gettext as _\nfield(_('Neither this one'))")
    texts = [*template_texts(page), *python_texts(module)]
    assert texts == ["No such text", "Nor %(x)s", "Neither this one"]
    assert not any(known(text) for text in texts)


def test_every_text_has_its_chinese():
    missing = {}
    for path in sources():
        texts = python_texts(path) if path.suffix == ".py" else template_texts(path)
        without = sorted({text for text in texts if text and not known(text)})
        if without:
            missing[str(path.relative_to(BASE))] = without
    assert missing == {}


def test_a_text_has_the_same_chinese_in_every_catalogue():
    """Catalogues are merged: where two differ, one of them is shown at the other's place."""
    said: dict[tuple[str | None, str], set[str]] = {}
    for path in sorted(BASE.glob("*/locale/zh_Hans/LC_MESSAGES/django.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    said.setdefault((message.context, str(message.id)), set()).add(str(message.string))
    assert {text: words for text, words in said.items() if len(words) > 1} == {}


@pytest.mark.parametrize("typed", ["a1!", "12345678901234", "password123", "chenjing2026"])
def test_what_is_wrong_with_a_password_is_said_in_chinese(typed: str) -> None:
    """Django's own catalogue lags behind its sentences; what it lacks stands in ours."""
    with override("zh-hans"):
        with pytest.raises(ValidationError) as refused:
            validate_password(typed, User(username="chenjing2026"))
        said = refused.value.messages
    assert said
    assert not [sentence for sentence in said if re.search("[A-Za-z]{3}", sentence)]
