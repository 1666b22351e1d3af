"""The doors: commands that run, sweep and report."""
