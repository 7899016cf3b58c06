"""One module and one .tcss a screen: it reads a repository, shows it, and calls an act."""
