"""What leaves the tool as a file, and comes back from one: checklists as TOML, spreadsheets and ODK forms."""
