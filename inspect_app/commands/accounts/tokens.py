"""``token``: bearer tokens for other programs."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from ...domain.weeks import utc_text
from ...services.accounts.accounts import add_token, all_tokens, revoke_token
from ..shared import fail, services

token = AppGroup("token", help="接口令牌。")


@token.command("add")
@click.option("--user", "name", required=True, help="令牌代表的账号")
def add(name: str) -> None:
    """新建令牌，只显示这一次。"""
    made = add_token(services().store, name, datetime.now(UTC))
    if isinstance(made, list):
        fail(made)
    click.echo(made)


@token.command("list")
def list_tokens() -> None:
    """列出令牌的编号、账号、建立时间和状态。"""
    for kept in all_tokens(services().store):
        token, state = kept.value, "active" if kept.value.active else "revoked"
        click.echo(f"{kept.id[:12]}\t{token.user}\t{utc_text(token.created_at)}\t{state}")


@token.command("revoke")
@click.argument("number")
def revoke(number: str) -> None:
    """按编号作废令牌。"""
    if problems := revoke_token(services().store, number):
        fail(problems)
