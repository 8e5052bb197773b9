"""Papers of contracts and payments: the signed text, what is signed with it, vouchers; each with its versions."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actors import Actor
from accounts.refusals import Refusal
from funding.models import Contract, Payment
from funding.services.contracts import require
from funding.services.payments import may_pay
from jurisdictions.fields import whole
from projects.ruling import ruleset_of
from workflow.documents import storage
from workflow.models import Document, Step

WORDS = {
    "contract_paper": gettext_lazy("Signed contract"),
    "award_notice": gettext_lazy("Notice of the award"),
    "confidentiality_paper": gettext_lazy("Confidentiality agreement and commitments"),
    "payment_paper": gettext_lazy("Voucher or invoice"),
    "contract_other": gettext_lazy("Other paper of the contract"),
}
# The steps whose own papers are papers of contracts.
STEPS = ("procurement", "implementation")


def kinds_of(contract: Contract) -> dict[str, str]:
    """The kinds of paper that belong here: those of every contract, and those that the steps of the work must show."""
    rules = ruleset_of(contract.project.rule_version)
    steps = Step.objects.filter(project=contract.project, key__in=STEPS)
    asked = [key for step in steps for key in step.rule.get("documents", [])]
    return {key: str(name) for key, name in WORDS.items()} | {key: str(rules.document(key).name) for key in asked}


def papers_of(contract: Contract) -> list[Any]:
    """All papers of a contract and its payments, the newest first; each knows its kind and whether it counts."""
    payments = dict(Payment.objects.filter(contract=contract).values_list("pk", "voucher"))
    named = kinds_of(contract)
    about_payments = Q(subject_type=Payment._meta.label_lower, subject_id__in=payments)
    found: list[Any] = list(
        Document.objects.filter(
            about_payments | Q(subject_type=Contract._meta.label_lower, subject_id=contract.pk)
        ).select_related("uploaded_by")
    )
    replaced = {one.supersedes_id for one in found}
    for one in found:
        one.kind_name = named.get(one.purpose, one.purpose)
        one.voucher = payments.get(one.subject_id, "") if one.subject_type == Payment._meta.label_lower else ""
        one.counts = one.withdrawn_at is None and one.pk not in replaced
    return found[::-1]


def add(
    *, actor: Actor, contract: Contract, purpose: str, upload: UploadedFile[Any] | None, about: str, replaces: str
) -> Document:
    """Add a paper to a contract, or to its payment `about`; `replaces` names the version it takes the place of.

    Raises `NotPermitted`, `WrongState`, `Refusal` at its field.
    """
    require(may_pay(actor, contract.project), contract.project)
    if purpose not in kinds_of(contract):
        raise Refusal(_("Please choose what kind of paper it is."), field="purpose")
    if upload is None:
        raise Refusal(_("Please choose a file first."), field="upload")
    subject: Contract | Payment | None = contract
    if about:
        subject = Payment.objects.filter(contract=contract, pk=whole(about) or 0).first()
        if subject is None:
            raise Refusal(_("Please choose from the list."), field="about")
    assert subject is not None
    former = None
    if replaces:
        former = Document.objects.active().about(subject).filter(pk=whole(replaces) or 0).first()
        if former is None:
            said = _("This is no paper it could take the place of: it was replaced already, or belongs elsewhere.")
            raise Refusal(said, field="replaces")
    return storage.store(
        actor=actor, project=contract.project, purpose=purpose, upload=upload, subject=subject, supersedes=former
    )
