"""Figures that we hold ourselves to: ``python -m tests.benchmarks [ID …]``."""
