"""konvoi tells how often the convoys of two rallies meet on the road."""

__version__ = "0.1.0"
