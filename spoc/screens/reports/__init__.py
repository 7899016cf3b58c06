"""What the service did: the table of measures, their charts, and what stands behind a point."""
