"""What a service counts: measures, periods, and which numbers may leave the service. Pure."""
