"""Forms as data, the call sheet, and how it takes what is typed."""
