"""Fairwatt: the open data platform for local-energy projects."""

__version__ = "0.1.0"
