"""What formulas alone say about meetings."""
