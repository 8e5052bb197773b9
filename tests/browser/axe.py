"""How a page looks once all of it is there: what axe finds, how wide it is."""

from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"


def serious_faults(page: Page) -> list[str]:
    """What axe calls serious or critical on the page as it stands, each with the element it means."""
    page.wait_for_load_state()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [
        f"{fault['id']}: {fault['help']} {node['target']} {node.get('failureSummary', '')}"
        for fault in found
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"]
    ]


def width_of(page: Page) -> int:
    """Pixels that the page asks for, measured with its styles: a form just sent may be shown before they are read."""
    page.wait_for_load_state()
    return page.evaluate("document.documentElement.scrollWidth")
