"""The audit trail: entries, how a history reads them, and how the chain is verified."""
