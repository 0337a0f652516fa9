"""Evidence (照片证据): what was checked of photos, what is hidden in them, and what a desk remembers."""
