"""Getting to the board: the first page, set-up, a desk of a service that exists, sign-in."""
