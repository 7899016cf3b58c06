"""The only place that speaks SQL: the encrypted store, its ledger and the tables that screens read."""
