"""The gallery at /gallery/, in development only: every component with believable content."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from demo.texts import read
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


def sample_context() -> dict[str, Any]:
    """Everything the gallery shows, as plain values in the shapes that docs/interface.md describes."""
    context = deepcopy(read("gallery"))
    for row in (context, *context["queue"]):
        row |= {key: Decimal(row[key]) for key in ("amount", "odd_amount") if key in row}
    return context


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
