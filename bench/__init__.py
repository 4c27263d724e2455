"""Benchmarks with generators of their own; results are ratios against peers, never asserts on time."""
