"""What the service did: the table of measures, their charts, and what is behind a point."""
