"""Facts about Sangatta with their sources; see README.md."""
