"""Schemas of tables, and their files."""
