"""Charts of the index and of cases, drawn on the server: SVG for pages, PNG for documents, a picture for links.

Text in an SVG stays text; its title and description say in words what is to be seen. The same figures give the same
bytes. matplotlib is heavy, so only this package imports it, and only who draws imports this package.
"""
