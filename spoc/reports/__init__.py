"""Numbers that leave the records: charts, tables, returns. Uses the storage, knows no screen."""
