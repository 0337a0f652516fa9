"""Checklists (测评清单): their versions, the office's editions of the starting set, and what was last right."""
