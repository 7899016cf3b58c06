"""spoc: the call, the plan and the record of a children's safeguarding duty desk."""

__version__ = "0.4.0"
