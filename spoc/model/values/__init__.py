"""Values: days, instants, NHS numbers, words of a search, text made safe to show."""
