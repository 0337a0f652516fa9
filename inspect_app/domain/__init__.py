"""Pure values and rules: no Flask, no store, no clock, no randomness."""
