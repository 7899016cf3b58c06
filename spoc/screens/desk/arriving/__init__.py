"""Getting to the board: the first page, set-up, joining a service, sign-in."""
