"""What a service counts: measures, periods, and what of a count may leave the service. Pure."""
