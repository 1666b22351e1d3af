"""Routes and chance → the day plan."""
