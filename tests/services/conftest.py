"""What tests of several rooms begin with."""

from .both import both, visits

__all__ = ["both", "visits"]
