"""The browser view: one rally day on the map, as a page that drives the model and as a file that plays it back."""
