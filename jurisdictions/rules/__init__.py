"""The rule engine: a county's regulation as dated and cited data, loaded, checked and evaluated."""
