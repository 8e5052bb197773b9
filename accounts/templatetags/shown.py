"""`{% csrf_token %}` of a page that acts for somebody: with the token, for whom and in which showing it was shown."""

from django import template
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.shown import FIELD, token_of

register = template.Library()


class ShownNode(CsrfTokenNode):
    """Django's field, and ours beside it."""

    def render(self, context: Context) -> SafeString:
        shown = context.get("shown_token") or token_of(context.get("request"))
        ours = format_html('<input type="hidden" name="{}" value="{}">', FIELD, shown) if shown else ""
        return SafeString(super().render(context) + ours)  # nosec B703: both are escaped


@register.tag
def csrf_token(parser: Parser, token: Token) -> ShownNode:
    """Stands in every form, so that none can forget it."""
    return ShownNode()


@register.simple_tag(takes_context=True)
def shown_token(context: Context) -> str:
    """For scripts, which send it as a header."""
    return token_of(context.get("request"))
