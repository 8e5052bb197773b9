"""What happens to accounts, for the apps above to hear; and what a changed password ends."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.dispatch import Signal, receiver

from accounts.models import User

# Sent inside the write's transaction and the county's scope, with `actor`, `action`, `record`, `label`, `old`
# and `new`. The audit trail listens.
written = Signal()

# Sent when somebody no longer acts for an office, with `actor`, `membership` and `to`: what they claimed goes to that
# colleague, without one to the office.
left = Signal()

# Asks with `person` what they hold; each answer is a list of (office id, text).
holdings = Signal()

# Sent before an `office` closes; a receiver that knows of open work there raises a `Refusal`.
closing = Signal()


@receiver([password_changed, password_reset, password_set], dispatch_uid="accounts.password")
def own_password(sender: Any, user: User, **kwargs: Any) -> None:
    """A password a person chose: no longer the initial one; tokens made under the old one end."""
    if user.must_change_password:
        user.must_change_password = False
        user.save(update_fields=["must_change_password"])
    revoke_tokens(user)


def revoke_tokens(user: User) -> None:
    """End the person's tokens for programs."""
    from rest_framework.authtoken.models import Token

    Token.objects.filter(user=user).delete()
