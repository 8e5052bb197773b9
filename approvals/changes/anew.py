"""What cannot be changed is declared anew: a draft that begins with the old declaration, linked to what it replaces."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import NotPermitted, WrongState
from approvals.changes.filing import CHANGE
from approvals.models import ChangeRequest, Outcome
from projects.models import Declaration
from projects.services.submission import start_declaration
from workflow.filings import services
from workflow.models import Filing, FilingState
from workflow.trail import audit

TAKEN = ("basics", "purpose")


def redeclare(*, actor: Actor, filing: Filing) -> Declaration:
    """Begin the new declaration and end the request. Raises `NotPermitted`, `WrongState` where no rule asks it."""
    with audit.act():
        filing = services.locked(filing)
        project = filing.project
        if not actor.may("declaration.file") or not CHANGE.may_file(actor, filing):
            raise NotPermitted(_("Only people who file for %(unit)s may change this.") % {"unit": filing.unit.name})
        judged = CHANGE.judged(filing)
        if filing.state not in (FilingState.DRAFT, FilingState.RETURNED) or judged.outcome != Outcome.REDECLARE:
            raise WrongState(_("The rules do not ask for a new declaration here."), articles=judged.articles)
        old = project.declaration.content if project.declaration is not None else {}
        content = {key: dict(old.get(key, {})) for key in TAKEN}
        declaration = start_declaration(actor=actor, name=project.name, content=content)
        said = _("Declared anew instead of being changed")
        services.withdraw(actor=actor, filing=filing, reason=said)
        row = ChangeRequest.objects.get(filing=filing)
        row.anew, row.outcome, row.articles, row.text = (
            declaration.project,
            Outcome.REDECLARE,
            list(judged.articles),
            judged.text,
        )
        row.title = row.title or str(filing.content.get("change", {}).get("title", ""))[:120]
        row.save(update_fields=["anew", "outcome", "articles", "text", "title"])
        audit.entry(
            actor=actor,
            action="project.redeclare",
            record=project,
            project=project,
            label=row.title or project.name,
            new={"declared_as": declaration.project.name},
            articles=judged.articles,
        )
    return declaration
