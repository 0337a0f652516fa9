"""What stands here is added to a copy of the project and tested there."""

collect_ignore_glob = ["*"]
