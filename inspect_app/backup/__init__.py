"""Backups: an installation as it was at one moment, encrypted, each content once, in a folder or an object store.

A repository has

- ``blobs/ab/<name>``: a piece of content, encrypted (age) for a key that is kept elsewhere. Its name is a keyed hash
  of the content: equal contents are there once, and who finds the repository cannot tell whether a photo is in it.
- ``snapshots/<time>.age``: which files there were, of which pieces, encrypted as well.
- ``snapshots/<time>.list``: names, sizes and hashes of these objects as they lie there, in the clear: by it everybody
  can tell whether all is there and whole, and what no snapshot needs any more. It is written last: without it there is
  no snapshot.
- ``repository.json``: which installation it is of, by a keyed hash.
- ``lock``: who is writing or cleaning just now.
"""
