"""Sync: carries entries between desks as signed, sealed segments, without understanding them."""
