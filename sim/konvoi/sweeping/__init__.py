"""The work of a sweep: its key, ledger, parts and executors."""
