"""Inspecting (测评): what a phone sends of a visit to a site, or of a problem met on the way."""
