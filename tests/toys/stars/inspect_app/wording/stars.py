"""What is said of problems with stars."""

SENTENCES = {
    "stars.full_from_malformed": ("{at}", "应为1到5的整数，实为{got}"),
    "stars.not_stars": ("{at}", "应为1到{most}颗星，实为{got}"),
}
