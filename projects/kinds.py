"""The kind of step that is done by handing in."""

from __future__ import annotations

from workflow.route.kinds import StepKind


class DeclarationStep(StepKind):
    """The unit declares: the step is done the moment the declaration is handed in."""

    key = "declaration"
    handed_in = "declaration"
