"""The gallery at /gallery/, in development only: every component with believable content."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from jurisdictions.calendars.zone import SHANGHAI
from jurisdictions.fields import AmountField


class SampleForm(forms.Form):
    """A part of a declaration, enough to show each kind of field."""

    name = forms.CharField(label="项目名称", max_length=120, help_text="与批准文件和预算一致，不超过 60 个字。")
    investment = AmountField(label="总投资", help_text="不含后续运行维护费用。")
    quota = AmountField(label="本年度申请资金", unit="wan", required=False)
    action = forms.ChoiceField(
        label="建设性质",
        widget=forms.RadioSelect,
        choices=[("new", "新建"), ("extend", "扩建"), ("upgrade", "升级改造")],
    )
    unit = forms.ChoiceField(
        label="业主单位",
        choices=[("", "请选择"), ("a", "县教育体育局"), ("b", "县卫生健康委员会"), ("c", "县自然资源局")],
        widget=forms.Select(attrs={"data-search": ""}),
    )
    purpose = forms.CharField(label="建设目标", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    shared = forms.BooleanField(label="已在共享平台编制数据资源目录", required=False)


def _steps() -> list[dict[str, Any]]:
    rows: list[tuple[str, str, str, list[str]]] = [
        ("申报", "县教育体育局", "done", ["DA-17"]),
        ("初步论证评估", "联席会议办公室", "done", ["DA-19"]),
        ("联合会审", "县数据局", "present", ["DA-19", "DA-20"]),
        ("联席会议审定", "联席会议", "coming", ["DA-19"]),
        ("省级审核", "县数据局", "skipped", ["DA-22"]),
        ("启动通知", "联席会议办公室", "coming", ["DA-23"]),
        ("纳入投资计划", "县发改委", "coming", ["DA-23"]),
        ("预算安排", "县财政局", "coming", ["DA-23"]),
        ("可行性研究报告", "县发改委", "coming", ["DA-24(2)"]),
        ("预算评审", "县财政局", "coming", ["DA-24(4)"]),
        ("采购", "县教育体育局", "coming", ["DA-26"]),
        ("实施", "县教育体育局", "coming", ["DA-28"]),
        ("试运行", "县教育体育局", "coming", ["DA-30"]),
        ("竣工验收", "县数据局", "coming", ["DA-31"]),
        ("运维", "县教育体育局", "coming", ["DA-33"]),
    ]
    steps: list[dict[str, Any]] = [
        {"label": label, "office": office, "state": state, "articles": articles}
        for label, office, state, articles in rows
    ]
    steps[0] |= {"done_on": date(2026, 11, 2), "limits": []}
    steps[1] |= {"done_on": date(2026, 11, 13), "url": "#step-2"}
    steps[2] |= {
        "due": date(2026, 11, 30),
        "left": 5,
        "url": "#step-3",
        "limits": ["各部门 5 个工作日"],
        "participants": ["县发改委", "县财政局", "县委网信办"],
    }
    steps[8] |= {
        "due": date(2027, 1, 15),
        "provisional": True,
        "limits": ["业主单位 20 个工作日", "县数据局 15 个工作日", "县发改委 6 个工作日"],
    }
    return steps


def _queue() -> list[dict[str, Any]]:
    rows = [
        (
            "智慧校园综合管理平台",
            "DA-2026-0031",
            "县教育体育局",
            "3860000",
            "联合会审意见",
            date(2026, 11, 12),
            -3,
            "—",
        ),
        (
            "县域医共体影像云升级改造",
            "DA-2026-0027",
            "县卫生健康委员会",
            "1980000.50",
            "技术意见",
            date(2026, 11, 16),
            0,
            "李敏",
        ),
        (
            "政务云资源扩容（二期）",
            "DA-2026-0035",
            "县数据局",
            "12600000",
            "联合会审意见",
            date(2026, 11, 18),
            2,
            "—",
        ),
        (
            "不动产登记历史档案数字化",
            "DA-2026-0036",
            "县自然资源局",
            "865000",
            "初步论证评估",
            date(2026, 11, 19),
            5,
            "王建国",
        ),
        (
            "乡镇视频会议系统更新",
            "DA-2026-0038",
            "丰林镇人民政府",
            "498000",
            "初步论证评估",
            date(2026, 11, 20),
            9,
            "—",
        ),
        (
            "应急指挥通信保障服务采购",
            "DA-2026-0040",
            "县应急管理局",
            "1234567.89",
            "联席会议审定",
            date(2026, 11, 20),
            None,
            "—",
        ),
    ]
    keys = ("name", "number", "unit", "amount", "step", "since", "left", "claimed")
    return [
        dict(zip(keys, row, strict=True)) | {"amount": Decimal(row[3]), "overdue": (row[6] or 0) < 0} for row in rows
    ]


def _ledger() -> list[dict[str, Any]]:
    return [
        {
            "label": "初步论证评估",
            "party": "联席会议办公室",
            "limit": "10 个工作日",
            "started": date(2026, 11, 2),
            "due": date(2026, 11, 16),
            "ended": date(2026, 11, 13),
            "articles": ["DA-19"],
        },
        {
            "label": "联合会审意见",
            "party": "县财政局",
            "limit": "5 个工作日",
            "started": date(2026, 11, 16),
            "due": date(2026, 11, 23),
            "left": -1,
            "unit": "working_day",
            "articles": ["DA-20"],
        },
        {
            "label": "可行性研究报告技术意见",
            "party": "县数据局",
            "limit": "15 个工作日",
            "started": date(2026, 11, 5),
            "due": date(2026, 12, 3),
            "left": 8,
            "unit": "working_day",
            "paused": True,
            "articles": ["DA-24(2)"],
            "pauses": [
                {
                    "start": date(2026, 11, 18),
                    "end": None,
                    "reason": "业主单位修改材料",
                    "articles": ["DA-24(2)"],
                }
            ],
        },
        {
            "label": "编制可行性研究报告",
            "party": "县教育体育局",
            "limit": "20 个工作日",
            "started": date(2026, 12, 14),
            "due": date(2027, 1, 12),
            "former_due": date(2027, 1, 11),
            "left": 32,
            "unit": "working_day",
            "provisional": True,
            "articles": ["DA-24(2)"],
        },
    ]


def sample_context() -> dict[str, Any]:
    """Everything the gallery shows, as plain values in the shapes that docs/interface.md describes."""
    sections = [
        {"id": "facts", "number": "一", "title": "项目基本情况", "state": "complete"},
        {"id": "units", "number": "二", "title": "应用单位与业主单位", "state": "complete"},
        {
            "id": "money",
            "number": "三",
            "title": "资金与来源",
            "state": "missing",
            "missing": 2,
            "active": True,
        },
        {"id": "quotes", "number": "四", "title": "供应商报价", "state": "returned"},
        {"id": "papers", "number": "五", "title": "附件材料", "state": "missing", "missing": 3},
        {"id": "review", "number": "六", "title": "会审意见", "state": "locked"},
    ]
    at = datetime(2026, 11, 16, 10, 42, tzinfo=SHANGHAI)
    return {
        "county": {"name": "示例县"},
        "membership": {"office": {"name": "县数据局"}},
        "person_name": "陈晓云",
        "person_roles": "科室负责人",
        "unread_count": 3,
        "search_url": "#search",
        "notices_url": "#notices",
        "rules_url": "/rules/",
        "other_counties": [{"name": "邻县", "url": "#neighbour"}],
        "person_menu": [{"label": "个人设置", "url": "#profile"}],
        "nav": [
            {
                "key": "queue",
                "label": "待办",
                "url": "#queue",
                "icon": "check2-square",
                "count": 12,
                "active": True,
            },
            {"key": "projects", "label": "项目", "url": "#projects", "icon": "folder2"},
            {
                "key": "declarations",
                "label": "申报",
                "url": "#declarations",
                "icon": "file-earmark-text",
                "count": 4,
            },
            {"key": "review", "label": "会审", "url": "#review", "icon": "people", "count": 6},
            {"key": "acceptance", "label": "验收", "url": "#acceptance", "icon": "clipboard-check"},
            {"key": "funding", "label": "资金", "url": "#funding", "icon": "cash-stack"},
            {"key": "rules", "label": "规则", "url": "#rules", "icon": "journal-text"},
            {"key": "statistics", "label": "统计", "url": "#statistics", "icon": "bar-chart"},
            {"key": "admin", "label": "管理", "url": "#admin", "icon": "gear"},
        ],
        "steps": _steps(),
        "queue": _queue(),
        "ledger": _ledger(),
        "sections": sections,
        "tabs": [
            {"label": "概况", "url": "#overview", "active": True},
            {"label": "材料", "url": "#papers", "count": 9},
            {"label": "意见", "url": "#opinions", "count": 4},
            {"label": "资金", "url": "#money"},
            {"label": "时限", "url": "#deadlines"},
            {"label": "办理记录", "url": "#history"},
        ],
        "chips": [
            {"label": "环节：联合会审", "remove_url": "#chip-1"},
            {"label": "金额 ≥ 50 万元", "remove_url": "#chip-2"},
        ],
        "views": [
            {"label": "全部", "url": "#all", "count": 12, "active": True},
            {"label": "已逾期", "url": "#overdue", "count": 1},
            {"label": "我认领的", "url": "#mine", "count": 3},
        ],
        "facts": [
            {"label": "应用单位", "value": "县教育体育局"},
            {"label": "业主单位", "value": "示例县城投数字科技有限公司", "url": "#owner"},
            {"label": "建设性质", "value": "新建"},
            {"label": "项目类别", "value": "其他建设类", "articles": ["DA-40"]},
            {"label": "规则版本", "value": "示例县 2024 年版（第 1 版）"},
            {"label": "项目代码", "value": ""},
        ],
        "entries": [
            {
                "at": at,
                "what": "县发改委出具意见：同意",
                "who": "赵立新",
                "office": "县发改委",
                "tone": "good",
                "articles": ["DA-20"],
            },
            {
                "at": datetime(2026, 11, 13, 16, 5, tzinfo=SHANGHAI),
                "what": "退回补正",
                "who": "陈晓云",
                "office": "县数据局",
                "tone": "warn",
                "note": "第四部分供应商报价少于三家，请补充。",
                "articles": ["DA-18"],
            },
            {
                "at": datetime(2026, 11, 2, 9, 12, tzinfo=SHANGHAI),
                "what": "提交申报",
                "who": "周文",
                "office": "县教育体育局",
            },
        ],
        "files": [
            {
                "name": "技术方案（第二稿）.pdf",
                "url": "#file",
                "size_words": "3.2 MB",
                "at": at,
                "state": "已核验",
                "tone": "good",
                "remove_url": "#remove",
            },
            {
                "name": "供应商报价单.xlsx",
                "url": "#file2",
                "size_words": "86 KB",
                "at": at,
                "remove_url": "#remove2",
            },
        ],
        "amount": Decimal("600000"),
        "odd_amount": Decimal("1234567.89"),
        "due": date(2026, 11, 30),
        "late_due": date(2026, 11, 18),
        "saved_at": at,
    }


def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component; 404 outside development."""
    if not settings.DEBUG and getattr(settings, "PRODUCTION", True):
        raise Http404
    form = SampleForm({"name": "", "investment": "386", "action": "new", "quota": "600000"})
    if "toast" in request.GET:
        messages.success(request, "意见已提交，县数据局将汇总后报联席会议。")
        messages.error(request, "财政局的意见已被他人处理，请刷新后查看。")
    return render(
        request, "demo/gallery.html", sample_context() | {"form": form, "plain_form": SampleForm(prefix="locked")}
    )
