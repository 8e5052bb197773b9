"""What nobody types by mistake, and somebody by intent: no page breaks on it."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.models import Office
from accounts.refusals import Refusal
from config.requests import Handler
from jurisdictions.fields import AmountField
from jurisdictions.scope import enter
from projects.access import has_filed
from projects.models import Project
from projects.services.submission import start_declaration
from tests.people import Cast, client_for
from tests.test_isolation import url_of
from tests.url_matrix import ROWS
from tests.world import make_world
from workflow.documents.storage import store
from workflow.filings import services as filings
from workflow.filings.content import TooLong, check_size, cleaned, from_post, read_amount, read_day
from workflow.models import AuditEntry, Document

# Digits that `int` refuses, a number no column holds, one too long for `int`, and a character PostgreSQL refuses.
VALUES = ["²", "9" * 30, "9" * 5_000, "a\0b"]
NAMES = ["before", "after", "q", "state", "unit", "office", "project", "year", "steps", "version", "within", "from"]


@pytest.mark.django_db
@pytest.mark.parametrize("value", VALUES, ids=["superscript", "overflow", "endless", "nul"])
def test_no_list_breaks_on_what_stands_in_its_address(cast: Cast, value: str) -> None:
    world = make_world(cast.alpha)
    people = [cast.alpha.people[name] for name in ("filer", "head", "secretary", "admin", "auditor")]
    broken = set()
    for row in ROWS:
        person = next((one for one in people if "GET" in row.methods and row.opens(one, "GET")), None)
        if person is None:
            continue
        client = client_for(person)
        client.raise_request_exception = False
        answer = client.get(url_of(row, cast.alpha.code, world), dict.fromkeys(NAMES, value))
        if answer.status_code >= 500:
            broken.add(row.name)
    assert broken == set()


POSTED = re.findall(
    r"[\w-]+",
    """action add ask cancel_reason changes closes_on code conclusion confirm content day duties email field format
    held_on handling_office importance kind language list marked membership minutes name newest next notice_choice
    notice_text number office on opens_on opinion_version outcome owner_kind owner_unit parent plan_year purpose query
    rank reason remove role section section-money shown steps text title to unit upload username verdict verdict_note
    version year""",
)


@pytest.mark.django_db
@pytest.mark.parametrize("sent", ["²", "file", "nothing"])
def test_no_form_breaks_on_what_is_sent_to_it(cast: Cast, sent: str) -> None:
    world = make_world(cast.alpha)
    people = [cast.alpha.people[name] for name in ("filer", "reviewer", "secretary", "admin")]
    broken = set()
    for row in ROWS:
        person = next((one for one in people if "POST" in row.methods and row.opens(one, "POST")), None)
        if person is None or row.name.startswith("api:"):
            continue
        client = client_for(person)
        client.raise_request_exception = False
        address = url_of(row, cast.alpha.code, world)
        data = {name: SimpleUploadedFile("a.pdf", b"%PDF-1.4\n") if sent == "file" else sent for name in POSTED}
        answer = client.post(address, {} if sent == "nothing" else data)
        if answer.status_code >= 500:
            broken.add(row.name)
    assert broken == set()


@pytest.mark.django_db
def test_nul_in_a_form_falls_away_and_the_rest_is_kept(cast: Cast) -> None:
    office = cast.alpha.units[0]
    answer = client_for(cast.alpha.admin).post(
        f"/{cast.alpha.code}/offices/{office.pk}/",
        {"name": "县教\0育局", "code": office.code, "owner_kind": office.owner_kind, "is_active": "on"},
    )
    assert answer.status_code == 302
    with enter(cast.alpha.county):
        assert Office.objects.get(pk=office.pk).name == "县教育局"


def test_a_form_with_field_names_of_any_depth_becomes_content_of_the_known_shape() -> None:
    post = {
        "basics-name": "智慧停车",
        "basics-partners-0-office": "7",
        "basics-partners-0-office-x": "7",
        "basics-owner_unit-x-y": "7",
        "money-lines-²-amount": "5",
        "money-" + "a-" * 4_000 + "a": "deep",
    }
    content = from_post(post, {"basics", "money"})
    assert content["basics"] == {"name": "智慧停车", "partners": [{"office": "7"}], "owner_unit": {}}
    assert content["money"] == {"lines": {}}


@pytest.mark.parametrize(
    "content",
    [{"basics": {"partners": [{"office": ["7"]}]}}, {"basics": {"partners": ["7"]}}, {"basics": {"name": {"a": {}}}}],
)
def test_content_of_another_shape_is_refused_to_programs(content: object) -> None:
    with pytest.raises(Refusal):
        cleaned(content)


@pytest.mark.parametrize("text", ["a\0", "\ud800"], ids=["nul", "half a pair"])
def test_characters_the_database_does_not_keep_are_named(text: str) -> None:
    with pytest.raises(TooLong):
        check_size({"basics": {"name": text}})
    with pytest.raises(TooLong):
        check_size({"basics": {text: "name"}})


@pytest.mark.django_db
def test_a_file_for_a_row_far_below_the_last_is_refused(cast: Cast) -> None:
    """Rows up to it would be made, until the memory ends."""
    town = cast.alpha
    with enter(town.county):
        declaration = start_declaration(actor=town.filer.actor, name="智慧停车")
    answer = client_for(town.filer).post(
        f"/{town.code}/filings/{declaration.pk}/attach/",
        {"quotes-rows-999999999-document": SimpleUploadedFile("a.pdf", b"%PDF-1.4\n")},
    )
    assert answer.status_code == 422
    with enter(town.county):
        assert not Document.objects.filter(project=declaration.project_id).exists()


@pytest.mark.django_db
def test_a_file_for_a_row_that_is_no_number_is_refused_at_its_field(cast: Cast) -> None:
    town = cast.alpha
    with enter(town.county):
        declaration = start_declaration(actor=town.filer.actor, name="智慧停车")
    answer = client_for(town.filer).post(
        f"/{town.code}/filings/{declaration.pk}/attach/",
        {"quotes-rows-²-document": SimpleUploadedFile("a.pdf", b"%PDF-1.4\n")},
    )
    assert answer.status_code == 422


def served(method: str, path: str, kind: str, body: bytes = b"") -> tuple[int, str]:
    """Status and page as the server of the program gives them: the tests' own client makes requests otherwise."""
    environ = RequestFactory().generic(method, path, body).environ | {"CONTENT_TYPE": kind}
    answer = Handler().get_response(Handler.request_class(environ))
    assert isinstance(answer, HttpResponse)
    return answer.status_code, answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "charset",
    [
        "charset=rot13",
        "charset=undefined",
        "charset=unicode_escape",
        "charset=idna",
        "charset=nowhere",
        "charset=\0",
        "a*=undefined''x",
        "a*=nowhere''x",
        "charset*=undefined''x",
    ],
)
def test_text_in_no_encoding_of_text_is_refused_before_it_is_read(charset: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\na\\ud800\r\n--x--\r\n'
    asked = served("GET", "/accounts/login/?q=a", f"text/plain; {charset}")
    sent = served("POST", "/accounts/login/", f"multipart/form-data; boundary=x; {charset}", body)
    program = served("POST", "/api/v1/token/", f"application/json; {charset}", b"{}")
    assert [asked[0], sent[0], program[0]] == [400, 400, 400]
    assert "Content-Type" in asked[1] and json.loads(program[1])["error"]["field"] == "Content-Type"


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "utf8", "gb18030", '"utf-8"', "us-ascii"])
def test_encodings_of_text_are_read(charset: str) -> None:
    assert served("GET", "/accounts/login/?q=a", f"text/plain; charset={charset}")[0] == 200


@pytest.mark.django_db
@pytest.mark.parametrize("amount", ["-1E-9999999999", "1E-9999999999", "1_000", "NaN", "9" * 30, "0." + "0" * 50])
def test_the_queue_breaks_on_no_amount_in_its_address(cast: Cast, amount: str) -> None:
    answer = client_for(cast.alpha.head).get(f"/{cast.alpha.code}/queue/", {"from": amount, "to": amount})
    assert answer.status_code == 200
    assert (answer.context["filters"].at_least is not None) is amount.startswith("0.")


@pytest.mark.parametrize("typed", ["2_026-03-02", "2026-0_3-02", "²026-03-02-1", "9" * 5000 + "-1-1", "2026--02"])
def test_what_python_alone_takes_for_a_number_is_no_day(typed: str) -> None:
    with pytest.raises(Refusal, match="2026-03-02"):
        read_day(typed, field="plan-ends")
    assert read_day("２０２６ 年 3 月 2 日", field="plan-ends").isoformat() == "2026-03-02"


@pytest.mark.parametrize("typed", ["1_000", "1__0", "_1", "1e3", "NaN", "Infinity", "0x10"])
def test_what_python_alone_takes_for_a_number_is_no_amount(typed: str) -> None:
    with pytest.raises(Refusal, match="1|N|I|0"):
        read_amount(typed, unit="yuan", field="money-investment")
    with pytest.raises(ValidationError):
        AmountField().clean(typed)


@pytest.mark.django_db
def test_an_archive_of_a_version_nobody_reads_is_refused_as_no_archive(cast: Cast) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", "x")
    content = bytearray(made.getvalue())
    content[content.rfind(b"PK\x01\x02") + 6] = 99  # the version needed to extract it
    with enter(cast.alpha.county), pytest.raises(Refusal, match="docx"):
        store(
            actor=cast.alpha.reviewer.actor,
            project=None,
            purpose="minutes",
            upload=SimpleUploadedFile("a.docx", bytes(content)),
        )


@pytest.mark.django_db
def test_who_puts_a_quote_in_a_declaration_has_written_in_it(cast: Cast) -> None:
    """Nobody decides what they wrote in, a paper of a quote included."""
    town = cast.alpha
    with enter(town.county):
        declaration = start_declaration(actor=town.filer.actor, name="智慧停车")
        upload = SimpleUploadedFile("a.pdf", b"%PDF-1.4\n")
        filings.attach(
            actor=town.second_filer.actor,
            filing=declaration,
            purpose="vendor_quote",
            upload=upload,
            at="quotes-rows-0-document",
        )
        assert has_filed(actor=town.second_filer.actor, project=Project.objects.get(pk=declaration.project.pk))


@pytest.mark.django_db
def test_a_form_too_large_to_take_is_told_in_words(cast: Cast) -> None:
    client = client_for(cast.alpha.filer)
    answer = client.post(f"/{cast.alpha.code}/settings/", {"email": "a" * (6 * 1024 * 1024)})
    assert answer.status_code == 413
    assert answer.templates[0].name == "413.html"


@pytest.mark.django_db
def test_what_one_changes_of_ones_own_settings_is_audited(cast: Cast) -> None:
    town = cast.alpha
    typed = {"email": "new@example.org", "notice_choice": "digest", "language": "zh-hans"}
    assert client_for(town.filer).post(f"/{town.code}/settings/", typed).status_code in (302, 303)
    with enter(town.county):
        entry = AuditEntry.objects.get(action="user.edit", object_id=town.filer.user.pk)
    assert entry.new == typed
    assert entry.old == {"email": "dean-filer@example.org", "notice_choice": "at_once", "language": ""}
