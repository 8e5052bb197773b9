"""The commands of the house."""

import io
import socket

import pytest
from django.apps.registry import Apps
from django.core.management import CommandError, call_command
from django.db import models
from django.db.models.signals import class_prepared
from django.test import override_settings
from django_fsm import FSMField

from accounts.models import User
from config.management.commands.list_articles import cited_ids, marked_ids, row_ids
from config.management.commands.migrate import states_without_transitions
from demo.management.commands.serve_demo import free_port


def catalogue(tmp_path, text: str):
    path = tmp_path / "app" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    head = 'msgid ""\nmsgstr ""\n"Language: zh_Hans\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    path.write_text(head + text, encoding="utf-8")
    return path.with_suffix(".mo")


def test_catalogues_are_compiled(tmp_path):
    import gettext

    compiled = catalogue(tmp_path, 'msgid "Submit"\nmsgstr "提交"\n')
    with override_settings(BASE_DIR=tmp_path):
        call_command("compile_catalogues", verbosity=0)
    with compiled.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Submit") == "提交"


def test_a_broken_catalogue_is_named(tmp_path):
    catalogue(tmp_path, 'msgid "Submit\nmsgstr "提交"\n')
    with override_settings(BASE_DIR=tmp_path), pytest.raises(CommandError, match="app/locale/zh_Hans"):
        call_command("compile_catalogues", verbosity=0)


def test_a_translation_that_drops_a_placeholder_is_refused(tmp_path):
    catalogue(tmp_path, 'msgid "%(days)s days left"\nmsgstr "剩余 %(day)s 天"\n')
    with override_settings(BASE_DIR=tmp_path), pytest.raises(CommandError, match="days left"):
        call_command("compile_catalogues", verbosity=0)


def test_rows_of_the_requirements_are_read_with_lists_ranges_and_paragraphs():
    cells = ["ID", "---", "DA-11, DA-12", "DA-24(2)", "DA-24 end", "CJ-31 to CJ-33", "JH-F1 to JH-F2"]
    text = "\n".join(f"| {cell} | rule |" for cell in cells)
    assert row_ids(text) == [
        "DA-11",
        "DA-12",
        "DA-24(2)",
        "DA-24 end",
        "CJ-31",
        "CJ-32",
        "CJ-33",
        "JH-F1",
        "JH-F2",
    ]


def test_the_articles_of_rule_tests_count_as_markers_do(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "dean.yaml").write_text(
        "- {name: a, articles: [DA-20, DA-24(1)]}\n- {name: b, articles: [DA-24 end]}\n", encoding="utf-8"
    )
    (tmp_path / "test_one.py").write_text(
        'import pytest\n\n\n@pytest.mark.article("DA-6")\ndef test_x():\n    pass\n', encoding="utf-8"
    )
    assert list(cited_ids(tmp_path)) == ["DA-20", "DA-24(1)", "DA-24 end"]
    assert list(marked_ids(tmp_path)) == ["DA-6"]


def test_a_row_that_only_a_rule_test_proves_is_not_listed():
    said = io.StringIO()
    call_command("list_articles", stdout=said)
    assert "DA-20" not in said.getvalue().splitlines()


def test_every_marker_names_a_row():
    errors = io.StringIO()
    call_command("list_articles", "--strict", stdout=io.StringIO(), stderr=errors)
    assert errors.getvalue() == ""


def test_a_taken_port_gives_the_next_free_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = taken.getsockname()[1]
        assert free_port("127.0.0.1", wanted) > wanted


def test_the_demonstration_does_not_run_in_production(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        call_command("serve_demo")


def test_a_server_named_by_database_url_is_not_reset(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@db.invalid/x")
    with pytest.raises(CommandError, match="DATABASE_URL"):
        call_command("reset_demo")


@pytest.mark.django_db
def test_the_first_operator_gets_a_password_that_must_be_changed():
    words = io.StringIO()
    call_command("make_operator", "operator", "--name", "平台运维", stdout=words)
    person = User.objects.get(username="operator")
    assert person.check_password(words.getvalue().split()[-1])
    assert (person.is_operator, person.must_change_password, person.is_superuser) == (True, True, False)
    with pytest.raises(CommandError):
        call_command("make_operator", "operator", "--name", "另一人")


def test_state_fields_listen_to_no_class_that_migrations_make():
    def model():
        class Then(models.Model):  # noqa: DJ008
            state = FSMField(default="draft")

            class Meta:
                apps = Apps()
                app_label = "then"

        return Then

    before = len(class_prepared.receivers)
    with states_without_transitions():
        then = model()
        assert len(class_prepared.receivers) == before
    now = model()
    assert len(class_prepared.receivers) == before + 1
    assert (then().state, now().state) == ("draft", "draft")
