"""Flexibility: the events of trials, and what there has to be to validate them."""
