"""Reading contacts: finding and listing them, as rows, as pages, and their history."""
