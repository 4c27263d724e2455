"""The demo project: a fictional local-energy project, generated from a seed, filled in by the real services."""
