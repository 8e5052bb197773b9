"""Tokens of programs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import TokenAuthentication

if TYPE_CHECKING:
    from rest_framework.authtoken.models import Token

    from accounts.models import User


class DatedTokenAuthentication(TokenAuthentication):
    """`Authorization: Token …`, valid for `API_TOKEN_DAYS` days and not with an initial password."""

    def authenticate_credentials(self, key: str) -> tuple[User, Token]:
        user, token = super().authenticate_credentials(key)
        if token.created < timezone.now() - timedelta(days=settings.API_TOKEN_DAYS):
            raise exceptions.AuthenticationFailed(_("The token has expired. Please ask for a new one."))
        if user.must_change_password:
            raise exceptions.AuthenticationFailed(_("Please change your initial password first."))
        return user, token


class DatedTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The token, as the description of the interface names it."""

    target_class = "accounts.tokens.DatedTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token <token>"}
