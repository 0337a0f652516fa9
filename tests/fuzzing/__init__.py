"""Requests that nobody of good will sends, made from the application's own routes, forms and interface description.

``hostile`` has the values, ``crawl`` finds what there is to ask, ``asks`` makes requests, ``judge`` says which answers
break a rule, ``campaign`` sends them. All chance comes from a seed.
"""
