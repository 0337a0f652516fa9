"""Files about cases: the supervision letter (督办单) of one, and the figures of many."""
