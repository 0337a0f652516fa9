"""Whether this program can read a data folder, asked once when it is opened.

Documents of earlier versions are read as they are, so an older folder opens at once; it says of itself what is the
oldest in it, until ``flask store upgrade`` has written everything anew.
"""

from __future__ import annotations

from ..collections import ALL
from ..collections.form import FORMS, MARK, Form
from ..durable import is_full
from ..store import Store, StoreDamaged


class FormUnreadable(Exception):
    """A newer program wrote into this folder, or a very old one; the message says what to run, in Chinese."""


def note_form(store: Store) -> Form:
    """The folder's form, with what this program may write into it from now on. Raises ``FormUnreadable``."""
    try:
        kept = FORMS.get(store, MARK)
    except StoreDamaged:  # each document says its own version as well
        return Form(dict.fromkeys(versions(), 1), versions())
    form = kept.value if kept else _unmarked(store)
    _check(form)
    ours = versions()
    noted = Form({**ours, **form.oldest}, {name: max(ours[name], form.newest.get(name, 1)) for name in ours})
    if kept is None or noted != form:
        _note(store, noted)
    return noted


def _note(store: Store, form: Form) -> None:
    """On a full disk nothing is written that the mark would be of: reading goes on, and the next start notes it."""
    try:
        FORMS.keep(store, MARK, form)
    except OSError as error:
        if not is_full(error):
            raise


def note_upgraded(store: Store) -> None:
    """Every document is of the newest version now."""
    FORMS.keep(store, MARK, Form(versions(), versions()))


def behind(form: Form) -> list[str]:
    """The collections that may hold documents of earlier versions, by name."""
    return [name for name, version in versions().items() if form.oldest.get(name, version) < version]


def versions() -> dict[str, int]:
    """The version in which this program writes each collection."""
    return {collection.name: collection.version for collection in ALL}


def _unmarked(store: Store) -> Form:
    """A folder without a mark is new, or was written before there were versions: all in it is of the first, then."""
    if not store.find("users"):
        return Form(versions(), versions())
    first = {collection.name: 1 for collection in ALL}
    return Form(first, first)


def _check(form: Form) -> None:
    known = {collection.name: collection for collection in ALL}
    newer = [name for name, version in form.newest.items() if name not in known or version > known[name].version]
    if newer:
        raise FormUnreadable(
            f"这个数据目录由更新版本的程序写过（{'、'.join(sorted(newer))}），本程序不能读。"
            "请换用写下它的版本或更新的版本；数据没有改动。"
        )
    older = [name for name, version in form.oldest.items() if version < known[name].oldest]
    if older:
        raise FormUnreadable(
            f"这个数据目录太旧（{'、'.join(sorted(older))}），本程序不能直接读。请先用还能读它的版本运行一次"
            "「flask --app inspect_app store upgrade」，再用本程序打开；数据没有改动。"
        )
