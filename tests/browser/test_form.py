"""The form of a declaration in a browser: amounts as they are typed, files as they are chosen."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from jurisdictions.amounts import Unclear, read_yuan
from jurisdictions.scope import enter
from projects.models import Declaration
from projects.services.submission import start_declaration
from tests import people
from tests.browser.desk import Desk, DeskFor
from tests.projects import filling

pytestmark = pytest.mark.django_db(transaction=True)

READ = """async ([address, texts]) => {
  const { readAmount } = await import(address);
  return texts.map((text) => { const read = readAmount(text, "wan"); return read.unclear ? "" : String(read.size); });
}"""


@pytest.fixture
def town() -> people.Town:
    """A county with its people and an open call."""
    town = people.make_town("dean")
    with enter(town.county):
        filling.open_call(town)
    return town


@pytest.fixture
def form(town: people.Town, desk_for: DeskFor) -> Desk:
    """A new declaration, open in its filer's browser."""
    with enter(town.county):
        declaration = start_declaration(actor=town.filer.actor, content={"money": {"unit": "wan"}})
    desk = desk_for(town, town.filer)
    desk.go(f"filings/{declaration.pk}/edit/")
    return desk


def written() -> list[str]:
    """Amounts as people write them, and much that is none."""
    chance = random.Random(7)
    parts = [
        "680",
        "6,800",
        "1,5",
        "0.5",
        ".5",
        "万",
        "元",
        "万元",
        "亿",
        "¥",
        "人民币",
        " ",
        "\t",
        "\u200b",
        "-",
        "−",
        "。",
        "整",
        "６８０",
        "萬",
    ]
    return ["".join(chance.choices(parts, k=chance.randint(1, 4))) for _each in range(600)]


def as_server_reads(text: str) -> str:
    """What the script answers where it reads like the server."""
    try:
        return f"{read_yuan(text, unit='wan').scaleb(12):f}"
    except Unclear:
        return ""


def test_amounts_are_read_alike_here_and_there_and_follow_their_unit(form: Desk, town: people.Town) -> None:
    page, texts = form.page, written()
    module = page.evaluate(
        "() => new URL('app/amounts.js', document.querySelector('script[src*=\"js/app\"]').src).href"
    )
    read = page.evaluate(READ, [module, texts])
    assert {text: one for text, one in zip(texts, read, strict=True) if one != as_server_reads(text)} == {}

    page.fill("[name=money-investment]", "680")
    page.fill("[name=money-lines-0-amount]", "600万元")
    expect(page.locator("[data-sum=money-lines]")).to_have_text("各行合计 600 万元，比总投资少 80 万元。")
    page.check("[name=money-unit][value=yuan]")
    assert page.input_value("[name=money-investment]") == "6800000"
    assert page.input_value("[name=money-lines-0-amount]") == "600万元"
    expect(page.locator("#id_money-investment_readback")).to_have_text("6,800,000 元 = 680 万元")
    expect(page.locator("[data-sum=money-lines]")).to_have_text("各行合计 6,000,000 元，比总投资少 800,000 元。")
    form.press(page.locator("#declaration .form-foot button.btn-plain"))
    with enter(town.county):
        assert Declaration.objects.get().project.investment == Decimal(6_800_000)
