"""Places: areas (区域), sites (点位), positions, outlines, and ways from one to the next."""
