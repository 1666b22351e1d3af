"""The engine: convoys decide (Mesa), vehicles move and meet (Numba)."""
