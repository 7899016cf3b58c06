"""The ED safety net: bringing lists in, attendances, reviews, and telling others."""
