"""Explore readings: any channels of a dataset, over any window, down to the last reading."""
