"""Guiding a call: the questions and prompts of a pack, when they are asked or fire, and what answers them."""
