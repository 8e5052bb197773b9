"""Where the primary keys of a filled database begin, far above what the demonstration took."""

COUNTY, OFFICE, UNIT, PERSON, FILER, CALL, ROW = 1_000, 1_000_000, 20_000_000, 1_000_000, 20_000_000, 1_000_000, 10**9
A_COUNTY = 100  # numbers of offices, people and calls kept for each county
LARGE = "c0000"
