"""Views of a page that a person keeps: a name for a set of filters. Theirs alone, so nothing of it is audited."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.refusals import Refusal
from workflow.models import SavedView

MOST = 20
NAME_LENGTH = 40
QUERY_LENGTH = 500


def keep(*, actor: Actor, page: str, name: str, query: str) -> SavedView:
    """Keep the filters of an address under a name; the same name again replaces them. Raises `Refusal`."""
    plain = name.replace("\0", "").strip()[:NAME_LENGTH]
    if not plain:
        raise Refusal(_("Please give the view a name."), field="name")
    if len(query) > QUERY_LENGTH:
        raise Refusal(_("These filters are too long to be kept as a view."), field="name")
    own = SavedView.objects.filter(user=actor.user, page=page)
    if own.count() >= MOST and not own.filter(name=plain).exists():
        raise Refusal(_("You keep %(count)s views already. Please remove one first.") % {"count": MOST}, field="name")
    assert actor.office is not None
    kept, _made = SavedView.objects.update_or_create(
        user=actor.user, county_id=actor.office.county_id, page=page, name=plain, defaults={"query": query}
    )
    return kept


def remove(*, actor: Actor, page: str, pk: int) -> None:
    """Take one of the person's own views away; one that is gone already, or another's, is left as it is."""
    SavedView.objects.filter(user=actor.user, page=page, pk=pk).delete()
