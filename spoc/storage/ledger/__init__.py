"""The ledger: appending acts, folding them into the tables that screens read, and recording who looked at what."""
