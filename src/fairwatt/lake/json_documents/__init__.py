"""JSON of any length: read value by value, made rows, and the answers of known services brought into plain shapes.

Needs the standard library alone: programs that must start at once import it.
"""
