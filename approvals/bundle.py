"""The papers that a step names as one file: what is there, a list of them, and what is missing."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.refusals import NotPermitted, Refusal
from projects.listings import PLAN, PLAN_PAGE
from projects.models import PlanEntry
from projects.ruling import ruleset_of
from rendering.sheets import TEXT, WRITERS, SheetColumn
from workflow.clocks import clock
from workflow.documents import storage
from workflow.jobs import services
from workflow.jobs.kinds import JobKind
from workflow.jobs.running import Result, Run
from workflow.models import Document, Job, Step

ZIP = "application/zip"
# The paper that the program makes from the plan itself where nobody has added it.
OF_THE_PLAN = "annual_plan_paper"


def papers_of(step: Step) -> list[str]:
    """The papers that the step names: shown with it, or handed in for it (document keys)."""
    return list(dict.fromkeys([*step.rule.get("documents", []), *(step.rule.get("hands_in") or [])]))


def start_bundle(*, actor: Actor, step: Step) -> Job:
    """Have the papers of a step put together. Raises `Refusal` where it names none, `NotPermitted`."""
    _require_visible(actor, step)
    if not papers_of(step):
        raise Refusal(_("This step names no papers."), articles=step.articles)
    title = _("Papers for “%(step)s”: %(project)s") % {"step": step.name, "project": step.project.name}
    return services.start(actor=actor, kind=BUNDLE.key, arguments={"step": step.pk}, title=title)


def _require_visible(actor: Actor, step: Step) -> None:
    if not step.project.is_visible_to(actor):
        raise NotPermitted(_("Your role does not allow this."))


def bundle(run: Run) -> Result:
    """Write the file: the papers in the order of the rules, numbered, and the list of them."""
    with run.step() as actor:
        step = Step.objects.select_related("project__rule_version").get(pk=run.arguments["step"])
        _require_visible(actor, step)
        wanted = papers_of(step)
        known = Document.objects.active().filter(project=step.project, purpose__in=wanted)
        documents = list(known.select_related("uploaded_by").order_by("pk"))
        plan = _plan(step, actor) if OF_THE_PLAN in wanted else None
        names = {key: str(ruleset_of(step.project.rule_version).document(key).name) for key in wanted}
        run.total = len(documents)
    listed: list[list[str]] = []
    missing = 0
    with run.file() as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, key in enumerate(wanted, 1):
            name = names[key]
            found = [one for one in documents if one.purpose == key]
            for place, document in enumerate(found, 1):
                mark = f"{number:02d}.{place}" if len(found) > 1 else f"{number:02d}"
                inside = f"{mark}-{name}-{document.name}".replace("/", "-")
                with storage.path_of(document).open("rb") as content, archive.open(inside, "w") as kept:
                    shutil.copyfileobj(content, kept)
                who = document.uploaded_by.name if document.uploaded_by is not None else ""
                day = clock.day_of(document.uploaded_at).isoformat()
                listed.append([str(number), name, inside, who, day, document.sha256])
            if not found and key == OF_THE_PLAN and plan is not None:
                inside = f"{number:02d}-{name}.xlsx"
                archive.writestr(inside, plan)
                listed.append([str(number), name, inside, _("made by the program"), clock.today().isoformat(), ""])
            elif not found:
                missing += 1
                listed.append([str(number), name, _("missing"), "", "", ""])
        archive.writestr(f"00-{_('List of the papers')}.xlsx", _list_of(step, listed))
    with run.step():
        run.progress = len(documents)
    said = _("%(count)s papers; missing: %(missing)s.") % {"count": len(listed) - missing, "missing": missing}
    name = f"{step.project.number}-{step.name}-{clock.today().isoformat()}.zip".replace("/", "-")
    return Result(summary=said, name=name, content_type=ZIP)


def _list_of(step: Step, listed: list[list[str]]) -> bytes:
    heads = (_("No."), _("Paper"), _("File"), _("Added by"), _("Added on"), "SHA-256")
    title = _("Papers for “%(step)s”: %(project)s") % {"step": step.name, "project": step.project.name}
    return _sheet(title, step.project.number, [SheetColumn(str(head), TEXT) for head in heads], iter(listed))


def _plan(step: Step, actor: Actor) -> bytes | None:
    """The plan that the project stands in, as its list is exported; None where it is in none."""
    entry = PlanEntry.objects.select_related("plan").exclude(entered_on=None).filter(project=step.project).first()
    if entry is None:
        return None
    page = PLAN.page(actor, QueryDict(f"year={entry.plan.year}"), size=PLAN_PAGE)
    rows = iter([PLAN.sheet_row(row) for row in page.rows])
    return _sheet(entry.plan.title, _("Amounts in ten thousand yuan."), PLAN.sheet_columns(), rows)


def _sheet(title: str, note: str, columns: list[SheetColumn], rows: Iterator[list[Any]]) -> bytes:
    written = io.BytesIO()
    WRITERS["xlsx"](written, title=title, note=note, columns=columns, rows=rows)
    return written.getvalue()


BUNDLE = JobKind("bundle", gettext_lazy("Papers of a step as one file"), bundle)
