"""The weekly plan (抽查计划): which sites are drawn, and who inspects them."""
