"""The one who acts: a person in an office of a county, the platform's operator, or the timer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.roles import permissions_of

if TYPE_CHECKING:
    from accounts.models import Membership, Office, User


@dataclass(frozen=True)
class Actor:
    """A person in one office and role. Without `membership`: the operator (`user` set), a guest, or the timer.

    A guest is a person without an account whom a link lets in; only their name is known, and no role is theirs.
    """

    user: User | None
    membership: Membership | None
    guest: str = ""

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
        return self.user.name or self.user.username

    @property
    def is_system(self) -> bool:
        return self.membership is None and self.user is None and not self.guest

    def may(self, permission: str) -> bool:
        """Whether the role carries the permission. The timer may what its service lets it do."""
        return self.is_system or permission in permissions_of(self.role)

    def in_office(self, office_id: int | None) -> bool:
        """Whether the person acts for that office."""
        return self.membership is not None and self.membership.office_id == office_id


SYSTEM = Actor(user=None, membership=None)
