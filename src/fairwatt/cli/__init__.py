"""The command line: ``fairwatt demo | start | worker | check | upload | download | …``."""

from fairwatt.cli.app import main

__all__ = ["main"]
