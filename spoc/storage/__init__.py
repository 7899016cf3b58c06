"""The only place that speaks SQL: the encrypted store, its ledger and what is read from it."""
