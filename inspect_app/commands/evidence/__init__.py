"""Evidence (照片证据): photos and recordings, what is checked of them, and the supervisor's review (复核)."""
