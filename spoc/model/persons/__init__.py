"""Who somebody is: how names are compared, who may be the same, what is known of a child."""
