"""Values: days, instants, NHS numbers, search words, text made safe to show."""
