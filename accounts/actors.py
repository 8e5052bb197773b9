"""The one who acts: a person in an office of a county, the platform's operator, or the timer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.roles import DUTY_PERMISSIONS, duties_of, permissions_of

if TYPE_CHECKING:
    from accounts.models import Delegation, Membership, Office, User

MOST_OF_NAME = 80  # characters of the audit trail


@dataclass(frozen=True)
class Actor:
    """A person in one office and role. Without `membership`: the operator (`user` set), a guest, or the timer.

    A guest is a person without an account whom a link lets in; only their name is known, and no role is theirs.
    With a `delegation` the person acts in the name of an absent colleague, by their own role and only for what was
    delegated; everything they do carries both names.
    """

    user: User | None
    membership: Membership | None
    guest: str = ""
    delegation: Delegation | None = None

    @property
    def office(self) -> Office | None:
        return self.membership.office if self.membership else None

    @property
    def role(self) -> str:
        if self.membership:
            return self.membership.role
        if self.guest:
            return "guest"
        return "operator" if self.user else "system"

    @property
    def name(self) -> str:
        if self.user is None:
            return self.guest or _("System timer")
        own = self.user.name or self.user.username
        if self.on_behalf_of is None:
            return own
        return (_("%(name)s for %(other)s") % {"name": own, "other": self.on_behalf_of})[:MOST_OF_NAME]

    @property
    def on_behalf_of(self) -> User | None:
        """The absent colleague in whose name the person acts."""
        return self.delegation.giver.user if self.delegation is not None else None

    @property
    def behalf_name(self) -> str:
        """Their name; empty where the person acts for themselves."""
        return str(self.on_behalf_of or "")

    @property
    def people(self) -> list[int]:
        """Whose hands these are, by key: the person's, and those of whom they stand in for."""
        return [one.pk for one in (self.user, self.on_behalf_of) if one is not None]

    @property
    def duties(self) -> list[str]:
        """The duties of work items the person may work on."""
        carried = duties_of(self.role)
        limits = self.delegation.duties if self.delegation is not None else []
        return [duty for duty in carried if duty in limits] if limits else carried

    @property
    def steps(self) -> list[str] | None:
        """The steps, by key, to which what was delegated is limited; None where it is not."""
        return (self.delegation.steps or None) if self.delegation is not None else None

    def covers(self, duty: str, step: str) -> bool:
        """Whether a duty at a step is among what was delegated; always where the person acts for themselves."""
        return self.delegation is None or self.delegation.covers(duty, step)

    @property
    def is_system(self) -> bool:
        return self.membership is None and self.user is None and not self.guest

    def may(self, permission: str) -> bool:
        """Whether the role carries the permission. The timer may what its service lets it do."""
        if self.is_system:
            return True
        return permission in permissions_of(self.role) and self._is_delegated(permission)

    def _is_delegated(self, permission: str) -> bool:
        if self.delegation is None:
            return True
        opens = {duty for duty, needed in DUTY_PERMISSIONS.items() if permission in needed}
        return not opens or not opens.isdisjoint(self.duties)

    def in_office(self, office_id: int | None) -> bool:
        """Whether the person acts for that office."""
        return self.membership is not None and self.membership.office_id == office_id


SYSTEM = Actor(user=None, membership=None)
