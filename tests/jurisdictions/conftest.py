"""What tests of rules and calendars share."""

import pytest
from django.utils import translation


@pytest.fixture
def english():
    """Messages as the source has them."""
    with translation.override("en"):
        yield
