"""``token``: bearer tokens for other programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
from flask.cli import AppGroup

from ...domain.accounts.token import LIFETIME, TokenScope
from ...domain.weeks import utc_text
from ...services.accounts.tokens import add_token, all_tokens, revoke_token
from ..shared import fail, services

token = AppGroup("token", help="接口令牌。")


@token.command("add")
@click.option("--user", "name", required=True, help="令牌代表的账号")
@click.option(
    "--scope",
    type=click.Choice([scope.value for scope in TokenScope]),
    default=TokenScope.SUBMIT.value,
    show_default=True,
    help="read 只读取，submit 读取和提交",
)
@click.option("--days", type=int, default=LIFETIME.days, show_default=True, help="多少天后到期")
def add(name: str, scope: str, days: int) -> None:
    """新建令牌，只显示这一次。"""
    if not 0 < days < 10_000:
        days = 0
    made = add_token(services().store, name, datetime.now(UTC), scope=TokenScope(scope), lifetime=timedelta(days=days))
    if isinstance(made, list):
        fail(made)
    click.echo(made)


@token.command("list")
def list_tokens() -> None:
    """列出令牌的编号、账号、建立时间、状态、范围、到期时间和最近使用的时间。"""
    for one in all_tokens(services().store, datetime.now(UTC)):
        token, state = one.token, one.end.value if one.end else "active"
        times = (utc_text(at) if at else "" for at in (token.expires_at, token.last_used))
        click.echo("\t".join((one.number, token.user, utc_text(token.created_at), state, token.scope.value, *times)))


@token.command("revoke")
@click.argument("number")
def revoke(number: str) -> None:
    """按编号作废令牌。"""
    if problems := revoke_token(services().store, number, datetime.now(UTC)):
        fail(problems)
