"""What people do with declarations, calls and projects: every write goes through here."""

from projects.access import has_filed, may_file, require_filer
from projects.ruling import facts_of, route_of, ruleset_of, version_on
from projects.services.calls import (
    carry_over,
    close_call,
    create_call,
    default_dates,
    edit_call,
    open_call_for_filing,
    reopen_call,
)
from projects.services.drafts import (
    ask_partners,
    classified_refusal,
    confirm_part,
    open_call,
    record_out_of_scope,
    register_classified,
)
from projects.services.routing import sync_route
from projects.services.sheets import changes_between, form_context_of, reading_context, sheet_of
from projects.services.standing import end_project
from projects.services.submission import (
    attach,
    detach,
    resubmit,
    save_content,
    start_declaration,
    submit,
    withdraw,
)
from workflow.filings.services import send_back

__all__ = [
    "ask_partners",
    "attach",
    "carry_over",
    "changes_between",
    "classified_refusal",
    "close_call",
    "confirm_part",
    "create_call",
    "default_dates",
    "detach",
    "edit_call",
    "end_project",
    "facts_of",
    "has_filed",
    "sync_route",
    "may_file",
    "open_call",
    "open_call_for_filing",
    "reading_context",
    "record_out_of_scope",
    "register_classified",
    "reopen_call",
    "require_filer",
    "resubmit",
    "route_of",
    "ruleset_of",
    "save_content",
    "send_back",
    "form_context_of",
    "sheet_of",
    "start_declaration",
    "submit",
    "version_on",
    "withdraw",
]
