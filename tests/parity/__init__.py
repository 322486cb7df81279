"""Parity with the reference implementation, case by case."""
