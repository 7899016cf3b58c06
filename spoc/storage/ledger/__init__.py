"""The ledger: acts appended, folded into the tables that screens read; and the record of who looked at
what."""
