"""The ED safety net: lists brought in, attendances, reviews, who was told, and who looked."""
