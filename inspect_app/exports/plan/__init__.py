"""Files of a draw, for those who repeat it."""
