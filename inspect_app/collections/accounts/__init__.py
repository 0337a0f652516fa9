"""Accounts (账号): who may sign in and what they may do, their devices; responsible units (责任单位)."""
