"""The desk: set-up, sign-in, the board, the users, and leaving."""
