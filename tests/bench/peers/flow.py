"""A decision as viewflow has it: a task, a gate, the next task. It is AGPL, and installed for this bench alone."""

from __future__ import annotations

from viewflow import jsonstore, this
from viewflow.urls import Site
from viewflow.workflow import flow
from viewflow.workflow.flow.views import UpdateProcessView
from viewflow.workflow.models import Process


class Decision(Process):
    """What is decided."""

    approved = jsonstore.BooleanField(default=False)
    reason = jsonstore.CharField(max_length=200, blank=True, default="")

    class Meta:
        proxy = True
        app_label = "peers"


class Review(flow.Flow):
    """Two reviews, the second only where the first approves."""

    process_class = Decision

    start = flow.StartHandle(lambda activation: activation).Next(this.first)
    first = flow.View(UpdateProcessView.as_view(fields=["approved", "reason"])).Next(this.check)
    check = flow.If(lambda activation: activation.process.approved).Then(this.second).Else(this.end)
    second = flow.View(UpdateProcessView.as_view(fields=["approved", "reason"])).Next(this.end)
    end = flow.End()


flows = Site(title="Peers", viewsets=[flow.FlowAppViewset(Review)])
