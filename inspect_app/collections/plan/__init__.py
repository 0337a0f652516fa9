"""The weekly plan (抽查计划): seeds, what was drawn, from which register, and who keeps away from where."""
