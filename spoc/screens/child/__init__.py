"""A child: the list, the record with its timeline, two records of one child."""
