"""Finding contacts in a day that has been moved."""
