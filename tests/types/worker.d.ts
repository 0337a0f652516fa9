// storage/drafts.js looks for drafts of version 0.2 here, inside try: a worker has none, and does without.
declare const localStorage: any;
