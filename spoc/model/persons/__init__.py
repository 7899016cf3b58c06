"""Who somebody is: comparing names, who may be the same person, what is known about a child."""
