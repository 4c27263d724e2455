"""Version 1 of the REST API: what a program can ask, and in which words it is answered."""
