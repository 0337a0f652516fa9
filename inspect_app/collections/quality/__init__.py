"""What is kept of the quality of measurement."""
