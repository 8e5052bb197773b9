"""What there is once only: the database decides, also between two at one moment, and a person reads which field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal

NAME_TAKEN = _("This user name is taken. If it is the same person, give them a role by “existing account”.")

# By the name of the constraint: the field it is told at, and its sentence.
TAKEN: dict[str, tuple[str, str | Promise]] = {
    "accounts_user_username_key": ("username", NAME_TAKEN),
    "username_of_one_person": ("username", NAME_TAKEN),
    "email_of_one_person": (
        "email",
        _("This e-mail address is taken: an address belongs to one account, because people sign in with it."),
    ),
    "office_code_once": ("code", _("Another office has this code.")),
    "jurisdictions_county_code_key": ("code", _("Another county has this code.")),
    "jurisdictions_county_prefix_key": ("prefix", _("Another county has this article prefix.")),
}


@contextmanager
def told_if_taken() -> Iterator[None]:
    """Write inside: what is taken becomes a `Refusal` at its field, and the transaction around it goes on.

    Nobody asks beforehand: an answer may be old by the time of the write, and the database gives the same one.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        field, sentence = TAKEN.get(getattr(diagnosis, "constraint_name", None) or "", ("", ""))
        if not field:
            raise
        raise Refusal(str(sentence), field=field) from error
