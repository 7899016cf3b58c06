"""Sync: carrying entries between desks as signed, sealed segments, without reading their content."""
