"""Charts, tables, returns and printed pages, made from the storage without any screen."""
