"""What leaves the records as numbers: charts, tables, returns. Speaks to the storage, knows no screen."""
