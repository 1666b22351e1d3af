"""Rally days, road networks, capacity manuals and campaign rules, as data files."""
