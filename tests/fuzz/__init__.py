"""Fuzzing: `python -m tests.fuzz minutes=30`. What was found is kept in corpus/, which the suite reads."""
