"""Settings of a server by which a power cut may take what a transaction kept."""

from __future__ import annotations

from collections.abc import Iterator

from .. import Risk
from .connecting import Database

_LOSES = {
    "fsync": "停电或死机时，已签收的记录会丢，数据库可能再也打不开",
    "full_page_writes": "停电时写到一半的页会坏，已签收的记录跟着丢",
    "synchronous_commit": "停电时丢失刚签收的记录",
}
_OF_OTHERS = "本系统的连接自己打开，经它签收的不受影响；同一个数据库里别的程序写的，停电时可能丢失"


def risks(database: Database) -> list[Risk]:
    """Those of the server, as this connection has them and as others have them."""
    asked = b"SELECT name, setting, reset_val FROM pg_settings WHERE name = ANY(%s) ORDER BY name"
    return [risk for row in database.execute(asked, (list(_LOSES),)) for risk in _of(*row)]


def _of(name: str, ours: str, others: str) -> Iterator[Risk]:
    if ours == "off":
        yield Risk(f"{name}=off：{_LOSES[name]}。请在 postgresql.conf 里改为 on")
    elif others == "off":  # who connects sets it (``connecting.py``)
        yield Risk(f"{name}=off：{_OF_OTHERS}", is_averted=True)
