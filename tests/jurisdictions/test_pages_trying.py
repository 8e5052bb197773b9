"""The four questions by a form: what the program says about a project before there is one."""

import json
import re
from datetime import date

import pytest
from django.urls import reverse

from jurisdictions.calendar_store import current_calendars
from jurisdictions.rules.questions import answer
from jurisdictions.versions import current_registry
from tests import people
from tests.budgets import budget
from tests.jurisdictions.page_text import plain

pytestmark = pytest.mark.django_db
DAY = {"on": "2026-03-02"}


def text_of(response) -> str:
    """The page without tags."""
    return plain(response.content.decode())


def steps_of(response) -> list[str]:
    """The keys of the steps taken, in order."""
    return re.findall(r'<tr id="step-([a-z_]+)"', response.content.decode())


def step(response, key: str) -> str:
    """The row of one step, without tags."""
    found = re.search(rf'<tr id="step-{key}".*?</tr>', response.content.decode(), re.S)
    assert found, f"{key} is not taken: {steps_of(response)}"
    return plain(found[0])


@pytest.fixture
def try_out(client_for, cast):
    """Ask a county's page: `try_out("dean", investment=500000)`."""
    clients = {}

    def ask(code, *, headers=None, **data):
        if code not in clients:
            known = {"dean": cast.alpha, "lingchuan": cast.beta}
            clients[code] = client_for((known.get(code) or people.make_town(code)).filer)
        return clients[code].get(reverse("regulation:try", kwargs={"county": code}), data, headers=headers)

    return ask


@pytest.mark.article("DA-20")
@pytest.mark.parametrize(("amount", "taken"), [("499999.99", False), ("500000", True), ("500000.01", True)])
def test_joint_review_from_500k(try_out, amount, taken):
    assert ("joint_review" in steps_of(try_out("dean", investment=amount, **DAY))) is taken


@pytest.mark.article("DA-13")
@pytest.mark.parametrize(
    ("amount", "category", "city", "province"),
    [
        ("1999999.99", "application", False, False),
        ("2000000", "application", True, False),
        ("4999999.99", "application", True, False),
        ("5000000", "application", True, True),
        ("9999999.99", "infrastructure", True, False),
        ("10000000", "infrastructure", True, True),
    ],
)
def test_city_and_province_evaluate_by_amount_and_category(try_out, amount, category, city, province):
    steps = steps_of(try_out("dean", investment=amount, category=category, **DAY))
    assert ("city_evaluation" in steps) is city
    assert ("provincial_evaluation" in steps) is province


@pytest.mark.article("DA-40")
@pytest.mark.parametrize(("amount", "taken"), [("9999999.99", False), ("10000000", True)])
def test_quota_decides_on_the_provincial_review(try_out, amount, taken):
    response = try_out("dean", investment=amount, category="integration", **DAY)
    assert ("provincial_review" in steps_of(response)) is taken
    assert "第四十条" in text_of(response)


@pytest.mark.article("DA-24(2)")
def test_clocks_of_both_sides_with_due_days_one_after_the_other(try_out):
    response = try_out("dean", investment="60000000", start="2026-03-02", **DAY)
    proposal, feasibility = step(response, "proposal"), step(response, "feasibility")
    assert "项目业主单位：启动通知办结后 10 个工作日内 2026-03-16" in proposal
    assert "县发改委：项目建议书报送后 5 个工作日内 2026-03-23" in proposal
    assert "项目业主单位：项目建议书办结后 20 个工作日内 2026-04-21" in feasibility
    assert "可行性研究报告报送后 15 个工作日内 2026-05-14" in step(response, "technical_review")
    assert "县发改委：技术审核（评审）办结后 6 个工作日内 2026-05-22" in feasibility
    assert "各方均用足时限" in text_of(response)


@pytest.mark.article("DA-24")
def test_page_shows_the_due_day_that_the_question_deadline_gives(try_out):
    response = try_out("dean", investment="60000000", start="2026-03-02", **DAY)
    due = answer(
        "deadline",
        {"jurisdiction": "dean", "from": "2026-03-02", "amount": 10, "unit": "working_day"},
        registry=current_registry(),
        calendars=current_calendars(),
    )["due"]
    assert due in step(response, "proposal")


def test_due_days_in_a_year_not_published_are_provisional(try_out):
    response = try_out("dean", investment="60000000", start="2031-12-01", **DAY)
    assert "暂定" in step(response, "proposal")


def test_start_may_be_another_event(try_out):
    plain = try_out("dean", investment="60000000", start="2026-03-02", **DAY)
    assert "不能由此日推算" in step(plain, "trial_run")
    other = try_out("dean", investment="60000000", start="2026-03-02", first="implementation", **DAY)
    assert "2026-09-02" in step(other, "trial_run")
    assert "不能由此日推算" in step(other, "proposal")


@pytest.mark.article("DA-30")
def test_trial_run_ends_on_its_corresponding_day(try_out):
    response = try_out("dean", investment="4999999.99", start="2026-03-01", first="implementation", **DAY)
    assert "2026-06-01" in step(response, "trial_run")


@pytest.mark.article("DA-19")
def test_step_tells_office_reason_and_conditions(try_out):
    row = step(try_out("dean", investment="500000", **DAY), "joint_review")
    assert "县政府办（县数据局）" in row
    assert "县发改委、县财政局" in row
    assert "总投资 ≥ 500,000 元（50 万元）" in row
    assert "第十九条" in row


@pytest.mark.article("DA-7")
def test_classified_project_is_said_to_be_under_secrecy(try_out):
    response = try_out("dean", investment="500000", flags="classified", **DAY)
    assert "joint_review" not in steps_of(response)
    assert "按保密规定办理" in text_of(response)


@pytest.mark.article("CJ-16")
@pytest.mark.article("CJ-17")
@pytest.mark.parametrize(
    ("amount", "joint", "conflict"),
    [("499999.99", False, False), ("500000", True, True), ("500000.01", True, False)],
)
def test_conflict_at_the_shared_bound_is_shown_with_both_articles(try_out, amount, joint, conflict):
    response = try_out("changji", investment=amount, on="2025-06-02")
    assert ("joint_review" in steps_of(response)) is joint
    assert ("两条规定都适用于这一金额" in text_of(response)) is conflict


@pytest.mark.article("CJ-17")
@pytest.mark.parametrize(("amount", "joint"), [("500000", False), ("1999999.99", False), ("2000000", True)])
def test_equipment_is_reviewed_by_offices_below_two_million(try_out, amount, joint):
    steps = steps_of(try_out("changji", investment=amount, category="equipment", on="2025-06-02"))
    assert ("joint_review" in steps) is joint
    assert ("secrecy_review" in steps) is not joint


@pytest.mark.article("CJ-38")
def test_expired_rules_answer_and_say_so(try_out):
    assert "规则已失效" in text_of(try_out("changji", investment="600000", on="2026-01-17"))
    assert "规则已失效" not in text_of(try_out("changji", investment="600000", on="2026-01-16"))


@pytest.mark.article("LC-14")
@pytest.mark.parametrize(("amount", "taken"), [("599999.99", False), ("600000", True)])
def test_budget_review_from_600k(try_out, amount, taken):
    assert ("budget_review" in steps_of(try_out("lingchuan", investment=amount, **DAY))) is taken


@pytest.mark.article("LC-14")
def test_report_three_working_days_after_the_reply(try_out):
    response = try_out("lingchuan", investment="600000", start="2026-04-03", **DAY)
    assert "2026-04-09" in step(response, "budget_report")  # Qingming and its weekend do not count


@pytest.mark.article("LC-15")
def test_emergency_goes_on_beside_the_procedures(try_out):
    response = try_out("lingchuan", investment="600000", flags="emergency", **DAY)
    assert "应急" in text_of(response)
    assert "不必等前面的环节办结" in text_of(response)


@pytest.mark.article("JS-5")
@pytest.mark.parametrize("flags", [[], ["cross_department"]])
def test_framework_plan_where_departments_join(try_out, flags):
    steps = steps_of(try_out("jianshan", investment="600000", flags=flags, **DAY))
    assert ("framework_plan" in steps) is bool(flags)


@pytest.mark.article("JS-15")
def test_acceptance_within_half_a_year_of_completion(try_out):
    response = try_out("jianshan", investment="600000", start="2026-03-02", first="implementation", **DAY)
    assert "2026-09-02" in step(response, "completion_acceptance")


@pytest.mark.article("JH-9")
def test_class_not_decided_yet_is_said(try_out):
    assert "一般类、重点类尚未确定" in text_of(try_out("jinhu", investment="600000", **DAY))
    assert "一般类、重点类尚未确定" not in text_of(try_out("jinhu", investment="600000", importance="key", **DAY))


def test_page_and_question_give_the_same_route(try_out):
    facts = {"investment": 6_000_000, "category": "infrastructure", "owner_kind": "soe"}
    payload = json.loads(json.dumps({"jurisdiction": "dean", "on": "2026-03-02", "facts": facts}))
    try_out("dean")
    route = answer("route", payload, registry=current_registry(), calendars=current_calendars())["route"]
    assert steps_of(try_out("dean", **facts, **DAY)) == [one["key"] for one in route]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("-5", "总投资：金额不能为负数"),
        ("五十万", "总投资：“五十万”不是金额"),
        ("", "总投资："),
        ("NaN", "总投资：“NaN”不是金额"),
        ("9" * 40, "总投资：金额过大"),
        ("0.001", "总投资：按元填写最多两位小数"),
    ],
)
def test_amount_that_cannot_be_used_names_the_field_and_is_kept(try_out, typed, said):
    response = try_out("dean", investment=typed, category="equipment", flags="emergency")
    assert response.status_code == 422
    assert said in text_of(response)
    html = response.content.decode()
    if typed:
        assert f'value="{typed}"' in html
    assert '<option value="equipment" selected>' in html
    assert re.search(r'value="emergency"[^>]*checked', html)


def test_zero_is_an_amount(try_out):
    response = try_out("dean", investment="0", **DAY)
    assert response.status_code == 200
    assert steps_of(response)[0] == "declaration"


def test_result_says_what_was_asked_so_that_paper_does_too(try_out):
    response = try_out("dean", investment="500000", category="equipment", flags=["emergency"], **DAY)
    result = response.content.decode().split('id="result"')[1]
    assert "500,000 元 = 50 万元 · 新建、设备采购类、行政机关、本级财政、应急" in plain(result)


def test_separators_and_full_width_figures_are_read(try_out):
    assert "500,000 元 = 50 万元" in text_of(try_out("dean", investment="５００,０００", **DAY))


@pytest.mark.parametrize(("typed", "asked"), [("60", True), ("9999", True), ("10000", False), ("0", False)])
def test_amount_that_looks_like_wan_is_asked_about(try_out, typed, asked):
    assert ("是否想填" in text_of(try_out("dean", investment=typed, **DAY))) is asked


@pytest.mark.parametrize("field", ["on", "start"])
@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "1899-01-01", "9999-12-31"])
def test_day_that_cannot_be_used_names_the_field(try_out, field, day):
    response = try_out("dean", investment="500000", **{field: day})
    assert response.status_code == 422
    assert f'href="#field-{field}"' in response.content.decode()


def test_unknown_choice_names_the_field(try_out):
    response = try_out("dean", investment="500000", category="spaceship")
    assert response.status_code == 422
    assert 'href="#field-category"' in response.content.decode()


def test_htmx_gets_the_result_alone_and_a_clean_address(try_out):
    response = try_out("dean", investment="500000", importance="", headers={"HX-Request": "true"}, **DAY)
    html = response.content.decode()
    assert "<html" not in html
    assert "joint_review" in steps_of(response)
    assert response["HX-Replace-Url"] == "/dean/rules/try/?investment=500000&on=2026-03-02"


def test_empty_page_asks_and_blames_nobody(try_out):
    response = try_out("dean")
    assert response.status_code == 200
    assert "尚无结果" in text_of(response)


@pytest.mark.article("LC-22")
@pytest.mark.parametrize(
    ("delta", "said"), [("100000", "单位自行调整并报备"), ("-100000", "单位自行调整并报备"), ("100000.01", "重新申报")]
)
def test_change_up_to_ten_percent_is_filed(try_out, delta, said):
    response = try_out("lingchuan", question="change", estimate="1000000", delta=delta, reason="business_need", **DAY)
    assert said in text_of(response)
    assert "第二十二条" in text_of(response)


@pytest.mark.article("JH-21")
def test_contracted_brand_may_not_change(try_out):
    response = try_out("jinhu", question="change", estimate="1000000", delta="0", flags="brand_changed", **DAY)
    assert "不得变更" in text_of(response)


def test_change_of_nothing_approved_names_the_field(try_out):
    response = try_out("dean", question="change", estimate="0", delta="1")
    assert response.status_code == 422
    assert 'href="#field-estimate"' in response.content.decode()


@pytest.mark.article("CJ-29")
@pytest.mark.parametrize(("cost", "over"), [("100000", False), ("100000.01", True)])
def test_operation_money_over_a_tenth_is_noticed(try_out, cost, over):
    response = try_out(
        "changji", question="funding", construction_cost="1000000", om_cost=cost, accepted="yes", on="2025-06-02"
    )
    assert "可以安排资金" in text_of(response)
    assert ("超过一般上限" in text_of(response)) is over


@pytest.mark.article("DA-35")
def test_exclusion_blocks_operation_money(try_out):
    response = try_out("dean", question="funding", accepted="yes", exclusions="idle_system", **DAY)
    assert "不得安排资金" in text_of(response)
    assert "第三十五条" in text_of(response)


def test_deadline_with_a_pause_day_by_day(try_out):
    response = try_out(
        "dean",
        question="deadline",
        start="2026-09-25",
        amount="10",
        unit="working_day",
        pause_from=["2026-09-28", ""],
        pause_to=["2026-10-09", ""],
    )
    expected = answer(
        "deadline",
        {
            "jurisdiction": "dean",
            "from": "2026-09-25",
            "amount": 10,
            "unit": "working_day",
            "pauses": [["2026-09-28", "2026-10-09"]],
        },
        registry=current_registry(),
        calendars=current_calendars(),
    )
    due = date.fromisoformat(expected["due"])
    assert f"{due.year}年{due.month}月{due.day}日" in text_of(response)
    assert re.search(rf"{due.isoformat()} 周. [^ ]+ 计入 10 ", text_of(response))
    assert "2026-09-28 周一 工作日 暂停，不计入" in text_of(response)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"start": "2026-03-02", "amount": "0"}, "amount"),
        ({"start": "2026-03-02", "amount": "-1"}, "amount"),
        ({"start": "2026-03-02", "amount": "1.5"}, "amount"),
        ({"start": "2026-03-02", "amount": "99999", "unit": "year"}, "amount"),
        ({"amount": "5"}, "start"),
        ({"start": "2026-03-02", "amount": "5", "unit": "fortnight"}, "unit"),
        ({"start": "2026-03-02", "amount": "5", "pause_from": "2026-03-05", "pause_to": "2026-03-04"}, "pauses"),
        ({"start": "2026-03-02", "amount": "5", "pause_from": "2026-03-05"}, "pauses"),
    ],
)
def test_deadline_that_cannot_be_used_names_the_field(try_out, data, field):
    response = try_out("dean", question="deadline", **data)
    assert response.status_code == 422
    assert f'href="#field-{field}"' in response.content.decode()


def test_long_period_shows_its_ends_only(try_out):
    response = try_out("dean", question="deadline", start="2026-03-02", amount="10", unit="year")
    assert "天略" in text_of(response)
    assert "2036年3月3日" in text_of(response)  # 2 March 2036 is a Sunday


@pytest.mark.parametrize(
    "data",
    [
        {"investment": "6000000", "start": "2026-03-02"},
        {"question": "change", "estimate": "1000000", "delta": "1"},
        {"question": "funding", "accepted": "yes"},
        {"question": "deadline", "start": "2026-03-02", "amount": "5"},
    ],
)
def test_page_stays_within_its_queries(try_out, data):
    try_out("dean", **data)
    with budget(8):
        try_out("dean", **data)
