"""Cases (整改): from a confirmed finding to its being put right."""
