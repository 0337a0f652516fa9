"""Publication schemes (发布方案): what a city makes of its figures, ranks and prints, as data."""
