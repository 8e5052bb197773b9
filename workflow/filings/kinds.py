"""What a stage says of one kind of filing: its form, its check, who files it, and what follows from each move."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Refusal
from jurisdictions.scope import current_county
from workflow import stages
from workflow.filings import checks, form
from workflow.filings.differences import fields_changed, papers_changed
from workflow.filings.parts import Sheet
from workflow.models import CorrectionItem, Document, Filing, FilingRevision, FilingState
from workflow.models.documents import by_purpose

if TYPE_CHECKING:
    from accounts.access import CountyRequest

F = TypeVar("F", bound=Filing)


class FilingKind(Generic[F]):
    """One kind of filing. A subclass sets `key`, `label` and `parts` and overrides what it does otherwise.

    Everything that is given a filing is given it with its project; hooks run in the transaction of their move.
    """

    key: str
    label: str | Promise
    parts: Sequence[form.Part] = ()
    permission = "declaration.file"  # files it, for the unit of the filing
    model: type[Filing] = Filing
    template = "filings/edit.html"
    can_withdraw = True  # by its unit; without, the unit goes on with it until it is decided

    # --- the form -----------------------------------------------------------------------------------------------

    def sections(self) -> Sequence[str]:
        """The keys of the sections that content may have."""
        return [part.key for part in self.parts]

    def reading(self, filing: F) -> Any:
        """What its form is shown from besides the content, read once for several revisions: here its papers."""
        return list(self.papers(filing))

    def sheet(self, filing: F, content: Mapping[str, Any] | None = None, *, reading: Any = None) -> Sheet:
        """The form with what was typed (default: saved), for a reader: nothing locked, nothing checked."""
        papers = by_purpose(self.reading(filing) if reading is None else reading)
        return form.build(self.parts, filing.content if content is None else content, papers)

    def form_to_fill(self, filing: F, content: Mapping[str, Any] | None = None) -> Sheet:
        """The form for who writes in it: only what may be changed is open, corrections stand at their places."""
        sheet = self.sheet(filing, content)
        if filing.state != FilingState.DRAFT:
            is_returned = filing.state == FilingState.RETURNED
            sheet.lock(unlocked=filing.unlocked if is_returned else ())
            if is_returned:
                sheet.note(list(CorrectionItem.objects.filter(filing=filing, answered_at=None)))
        return sheet

    def touched(self, filing: F, places: Collection[str]) -> Collection[str] | None:
        """The sections in which a change of these places may show, for a kind that has `part_of`; None for any."""
        return None

    def states_after(self, filing: F, places: Collection[str]) -> Sheet:
        """What the page of a save is told: the form as `checked`, or of a draft the sections that the save touched."""
        touched = self.touched(filing, places) if filing.state == FilingState.DRAFT else None
        part = None if touched is None else self.part_of(filing, touched)
        return part or self.checked(filing)

    def part_of(self, filing: F, sections: Collection[str]) -> Sheet | None:
        """These sections of a draft, looked through; None where not all of them stand in the form."""
        raise NotImplementedError

    def checked(self, filing: F, content: Mapping[str, Any] | None = None) -> Sheet:
        """The form as it is written in, with everything missing or wrong at its place.

        A section that a return leaves locked was complete when it was handed in: it answers only for what the
        correction itself asks for anew, not for a day that has passed since or an office that was closed.
        """
        sheet = self.examined(filing, content)
        if filing.state == FilingState.RETURNED and sheet.has_locked_problems:
            handed_in = filing.revisions.values_list("content", flat=True).last()
            sheet.forgive(self.examined(filing, handed_in))
        return sheet

    def examined(self, filing: F, content: Mapping[str, Any] | None = None) -> Sheet:
        """The form as it is written in, looked through as on the day it is handed in first."""
        sheet = self.form_to_fill(filing, content)
        checks.check_fields(sheet)
        checks.check_values(sheet)
        self.check(filing, sheet)
        for section in sheet.sections:
            section.gather()
        return sheet

    def check(self, filing: F, sheet: Sheet) -> None:
        """Put what is wrong beyond the single fields at its place, as `Refusal`s."""

    def changes(
        self, before: FilingRevision, after: FilingRevision, *, filing: F, reading: Any
    ) -> list[dict[str, Any]]:
        """What a correction changed, in the order of the form: `field`, `section`, `label`, `old`, `new`."""
        old, new = (self.sheet(filing, one.content, reading=reading) for one in (before, after))
        names = {one.purpose: str(one.label) for section in new.sections for one in section.all_fields()}
        moments = (before.submitted_at, after.submitted_at)
        return [*fields_changed(old, new), *papers_changed(self.papers(filing), *moments, names=names)]

    # --- papers -------------------------------------------------------------------------------------------------

    def papers(self, filing: F) -> Iterable[Document]:
        """The papers that lie with it, those taken out included."""
        return list(Document.objects.about(filing))

    def paper_subject(self, filing: F) -> Any:
        """What a paper of it belongs to."""
        return filing

    def place_of(self, name: str) -> tuple[str, str]:
        """The key of the paper that a file field of this name takes, and the field that names it in a row ("")."""
        return name.rpartition("-")[2], ""

    def check_paper(self, filing: F, purpose: str) -> None:
        """Raise a `Refusal` for a paper that it does not take."""

    # --- people -------------------------------------------------------------------------------------------------

    def may_file(self, actor: Actor, filing: F) -> bool:
        """Whether the person writes in it, hands it in and withdraws it."""
        return actor.may(self.permission) and (actor.is_system or actor.in_office(filing.unit_id))

    def is_own(self, actor: Actor, filing: F) -> bool:
        """Whether the person belongs to who sees it while it is written and corrected."""
        return actor.in_office(filing.unit_id)

    def may_add_papers(self, actor: Actor, filing: F) -> bool:
        """Whether the person adds papers to it."""
        return self.may_file(actor, filing)

    def refused_editing(self, filing: F) -> Refusal | None:
        """Why nothing of it may be changed, besides its state."""
        return None

    # --- what follows -------------------------------------------------------------------------------------------

    def articles(self, filing: F) -> list[str]:
        """What handing it in rests on."""
        return list(filing.step.articles) if filing.step is not None else []

    def facts(self, filing: F) -> Mapping[str, Any]:
        """What a revision notes of the record it is about."""
        return {}

    def read(self, filing: F) -> F:
        """Bring it up to the day, as it was just read."""
        return filing

    def saved(self, filing: F, actor: Actor, changed: Sequence[str]) -> None:
        """Somebody wrote in it: `changed` are the names of the fields."""

    def handing_in(self, filing: F, actor: Actor) -> dict[str, Any]:
        """Before it is handed in, complete as it is: bring the record it is about in line.

        Gives columns that are written with the state.
        """
        return {}

    def submitted(self, filing: F, actor: Actor) -> None:
        """It was handed in."""

    def resubmitted(self, filing: F, actor: Actor, before: Mapping[str, Any]) -> None:
        """It was corrected and handed in again; `before` are the facts before that."""

    def stands_accepted(self, filing: F) -> bool:
        """Whether it stays accepted when its unit takes back what came of it."""
        return False

    def withdrawn(self, filing: F, actor: Actor, reason: str) -> None:
        """Its unit took it back."""

    def withdrawal_warning(self, filing: F) -> str:
        """What withdrawing it brings about, for who is about to."""
        return _("What was typed is kept and can be read; it cannot be handed in again.")

    def asked_others(self, filing: F, actor: Actor) -> str:
        """Ask others to confirm rows of the form; gives what is said of it."""
        raise NotImplementedError

    def passed_on(self, filing: F, actor: Actor) -> bool:
        """Its step was done: whether it went on to a further step instead of being accepted."""
        return False

    def refused(self, filing: F, actor: Actor) -> None:
        """Its step was refused."""

    def concluded(self, filing: F, actor: Actor) -> None:
        """Its step was done: it is accepted."""

    # --- pages --------------------------------------------------------------------------------------------------

    def url(self, filing: F, what: str = "edit", **more: Any) -> str:
        """An address of it: edit, save, submit, withdraw, attach, detach."""
        county = current_county()
        assert county is not None
        return reverse(f"workflow:filing_{what}", kwargs={"county": county.code, "pk": filing.pk, **more})

    def title(self, filing: F) -> str:
        """How its page is headed."""
        return f"{self.label}：{filing.trail_label()}"

    def summary(self, filing: F) -> list[dict[str, Any]]:
        """What is looked at once more before it is handed in: `label`, `value`."""
        return [{"label": _("Filing unit"), "value": filing.unit.name}]

    def context(self, request: CountyRequest, filing: F, content: Mapping[str, Any]) -> dict[str, Any]:
        """What its template needs besides."""
        return {}


def kind_of(filing: Filing) -> FilingKind[Any]:
    """The kind of a filing, as its stage registered it. Raises `KeyError` for one that no stage registers."""
    return stages.filings()[filing.kind]
