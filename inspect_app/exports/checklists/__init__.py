"""Checklists (测评清单): items, answers and scores; the clauses of the city's plan."""
