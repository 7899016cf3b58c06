"""The read-back in its versions: the record, the safe one, the one to read aloud."""
