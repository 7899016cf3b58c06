"""The ED safety net: lists that came in, attendances, reviews, who was told, and what was looked at."""
