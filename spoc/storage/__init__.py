"""The only place that speaks SQL: the encrypted store, its ledger and the tables read from it."""
