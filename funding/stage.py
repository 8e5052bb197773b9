"""What the funding registers: contracts and payments."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission, Role
from funding.listings import LISTINGS, READERS
from funding.papers import WORDS
from workflow.stages import MenuEntry, Sentence, Stage, Tab

STAGE = Stage(
    key="funding",
    permissions=(Permission("funding.pay", _("Record payments on contracts"), (Role.FINANCE,)),),
    listings=LISTINGS,
    tabs=(Tab("contracts", _("Contracts and payments"), "funding:of_project", 45),),
    menu=(
        MenuEntry(
            "contracts",
            _("Contracts"),
            "cash-coin",
            (("funding:contracts", READERS),),
            ("contracts", "payments"),
            35,
        ),
    ),
    words=WORDS,
    tones={
        "contract.draft": "neutral",
        "contract.signed": "info",
        "contract.completed": "good",
        "contract.terminated": "bad",
        "payment.paid": "good",
        "amendment.signed": "info",
        "amendment.cancelled": "neutral",
        "payment.cancelled": "neutral",
    },
    sentences={
        "contract.create": Sentence(_("Contract drafted: %(label)s")),
        "contract.save": Sentence(_("Draft of a contract changed: %(label)s")),
        "contract.sign": Sentence(_("Contract signed: %(label)s"), "good"),
        "contract.depart": Sentence(_("Contract departs from the rules with a reason: %(label)s"), "warn"),
        "contract.complete": Sentence(_("Contract completed: %(label)s"), "good"),
        "contract.terminate": Sentence(_("Contract terminated: %(label)s"), "warn"),
        "amendment.sign": Sentence(_("Amendment signed: %(label)s"), "good"),
        "amendment.cancel": Sentence(_("Amendment cancelled, entered by mistake: %(label)s"), "warn"),
        "payment.pay": Sentence(_("Paid: %(label)s")),
        "payment.cancel": Sentence(_("Payment cancelled, entered by mistake: %(label)s"), "warn"),
    },
)
