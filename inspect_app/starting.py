"""The way from the command line to a server that is ready: open, fill a new folder, say where to find it."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from . import create_app
from .exports.index.files import week_files
from .first_run import AccountsLost, first_run
from .founding import AnotherBeside, is_installation, refuse_beside_another
from .listening import Own, PortTaken
from .logs import log_into, log_readably
from .opening import opening_for
from .photos.objects import ObjectsUnfit
from .private import NotPrivate, belongs_to_another, close_folder
from .processes import Alone, Member, OneOfSeveral
from .services import Services
from .services.accounts.tokens import DAYS, give_ends
from .services.backing_up import keep_backing_up
from .services.cases.reminders import keep_reminding
from .services.checklists.reading import ChecklistsInvalid
from .services.evidence.settling import keep_settling
from .services.evidence.sweeping import keep_sweeping
from .services.evidence.working import catch_up
from .services.forms import FormUnreadable, behind
from .services.index.frames import keep_framing
from .services.index.timestamping import keep_stamping
from .services.index.week_files import freeze_in_turn
from .services.inspecting import unsent
from .services.keys import SESSIONS, keys_elsewhere
from .services.objects import are_elsewhere, take_into_use
from .services.plan.validating import keep_choosing
from .services.repeating import keep_doing
from .services.shelf_files import take_over
from .services.start_settings import note_settings
from .serving import serve
from .settings import Settings, SettingsError, settings_from, unknown_names
from .store import StoreAway, StoreDamaged, StoreUnfit
from .tls.authority import AuthorityDamaged
from .tls.names import NotAName
from .usable import Unusable, refuse_unusable, said
from .version import program
from .ways import ports_of, way_of

_log = logging.getLogger(__name__)
_HAND_OVER_S = 15.0
"""Seconds for the background work that is in hand: some photos."""
_SETTLE_EVERY_S = 60.0


class StartFailed(Exception):
    """The server cannot start; the message says why, in Chinese."""


def start(chosen: argparse.Namespace) -> None:
    """Serve with the options of ``run.py`` until told to stop. Raises ``StartFailed``."""
    log_readably()
    member = Alone() if chosen.under is None else OneOfSeveral(chosen.under)
    member.wait_for_turn()
    try:
        settings = settings_from()
        if chosen.https:
            settings = replace(settings, secure_cookies=True)
        _say_unknown()
        _log_into_a_file(settings)
        _refuse_taken(settings, chosen, member)
        app = _opened(settings, chosen, member)
        if chosen.debug:
            _debug(app, chosen)
            return
        _serve(app, chosen, member)
    except (
        SettingsError,
        ChecklistsInvalid,
        FormUnreadable,
        StoreDamaged,
        StoreAway,
        StoreUnfit,
        PortTaken,
        NotAName,
        AuthorityDamaged,
        NotPrivate,
        AccountsLost,
        AnotherBeside,
        Unusable,
        ObjectsUnfit,
    ) as error:
        raise StartFailed(str(error)) from error


def _opened(settings: Settings, chosen: argparse.Namespace, member: Member) -> Flask:
    """The application over the data folder, filled where it is new. Raises ``StartFailed``, and as ``create_app``."""
    refuse_beside_another(settings.data)
    _refuse_unusable(settings)
    try:
        _close_to_others(settings)
        _say_open_keys(settings)
        app = create_app(settings)
        take_into_use(app.extensions["inspect"])
        _share(app.extensions["inspect"])
        # What start-up made lives as long as the process; the collector need not go through it again and again.
        gc.freeze()
        _say_damage(app)
        if member.founds:
            _fill(app, chosen.demo)
    except OSError as error:
        raise StartFailed(_why_not_opened(error, settings)) from error
    return app


def _why_not_opened(error: OSError, settings: Settings) -> str:
    written = Path(error.filename or "")
    if written.parent == settings.keys and written.name.startswith("."):  # a key is written under such a name first
        return (
            f"INSPECT_KEYS：{settings.keys} 里还没有密钥，也写不进去（{error.strerror}）：先把密钥放进去，"
            "或第一次启动时让它能写，见 docs/operate/several-servers.md"
        )
    return said(error, settings.data)


def _share(services: Services) -> None:
    """Be one of several processes, or of the servers of a database: with their keys, and what the folder held alone.

    Raises ``KeyLost``, ``StoreAway`` and ``OSError``.
    """
    if services.shelf is None:
        if services.settings.processes > 1:
            # Each would have made up another one, and nobody would stay signed in.
            services.keys.refuse_lost(SESSIONS)
        return
    services.keys.open_for_servers()
    take_over(services.settings.data, services.shelf)
    if services.objects is None and are_elsewhere(services):
        print(
            f"  注意：已有测评的照片，而 {services.settings.photos} 里一张也没有。几台服务器要用同一个对象存储"
            "（INSPECT_OBJECTS），照片才互相看得到，见 docs/operate/several-servers.md。",
            flush=True,
        )


def _refuse_taken(settings: Settings, chosen: argparse.Namespace, member: Member) -> None:
    """Before anything is founded. Raises ``PortTaken`` and ``OptionWrong``."""
    if chosen.debug:
        Own().refuse_taken("127.0.0.1", chosen.port)
        return
    way = way_of(chosen, settings.trusted_proxy, member.listening)
    for port, option in ports_of(chosen, way).items():
        member.listening.refuse_taken(chosen.host, port, option)


def _log_into_a_file(settings: Settings) -> None:
    if settings.log is None:
        return
    try:
        log_into(settings.log)
    except OSError as error:
        raise StartFailed(f"INSPECT_LOG：{settings.log.path} 写不进去：{error.strerror or error}") from error


def _refuse_unusable(settings: Settings) -> None:
    """A full disk keeps nobody from reading what is there; where nothing is, nothing can begin."""
    for folder in settings.folders:
        if refuse_unusable(folder):
            continue
        if not is_installation(settings.data):
            raise StartFailed(f"{folder}：所在的磁盘已满，不能新建数据目录。请清理磁盘，或用 --data 另指一个目录。")
        print(f"  注意：{folder} 所在的磁盘已满：只能查看，不能登录和提交，直到清理出空间。", flush=True)


def _say_open_keys(settings: Settings) -> None:
    for path in keys_elsewhere(settings.keys).values():
        if os.name == "posix" and path.exists() and path.stat().st_mode & stat.S_IRWXO:
            print(f"  注意：{path} 本机其他账号也能读：请改为只有本账号能读。", flush=True)


def _say_unknown() -> None:
    for name in unknown_names():
        print(f"  注意：{name} 不是本程序的设置，没有作用。", flush=True)


def _close_to_others(settings: Settings) -> None:
    """Data folders that earlier versions left readable for everybody on this machine are so no longer."""
    for folder in (settings.data, settings.photos):
        done = close_folder(folder)
        if done.changed:
            print(f"  {folder} 里有 {done.changed} 个文件和目录本机其他账号也能读，已改为只有本账号能读。")
        if not done.kept:
            print(f"  注意：{folder} 所在的磁盘不保存权限，本机其他账号能读到数据。请换到保存权限的磁盘。")
        if folder.is_dir() and belongs_to_another(folder):
            print(f"  注意：{folder} 属于另一个系统账号，它能读写其中的数据。请用它的账号运行，或改为本账号所有。")


def _serve(app: Flask, chosen: argparse.Namespace, member: Member) -> None:
    """Open the doors that were chosen, and say where they are."""
    app.extensions["member"] = member
    try:
        opening = opening_for(app, chosen, member.listening)
    except OSError as error:  # the certificate can be neither read nor made
        raise StartFailed(said(error, app.extensions["inspect"].settings.data)) from error

    def ready() -> None:
        opening.say()
        _log.info("version %s", program())
        member.serves(opening.here)
        catch_up(app.extensions["inspect"])
        keep_reminding(app.extensions["inspect"])
        keep_sweeping(app.extensions["inspect"])
        keep_settling(app.extensions["inspect"])
        unsent.keep_sweeping(app.extensions["inspect"])
        keep_backing_up(app.extensions["inspect"])
        keep_stamping(app.extensions["inspect"])
        keep_choosing(app.extensions["inspect"])
        keep_framing(app.extensions["inspect"])
        if counts := app.extensions.get("counts"):
            # Of several processes one is asked for the counts of all, and the others may have held some back.
            keep_doing("counting", lambda _: counts.settle(), every_s=_SETTLE_EVERY_S)
        freeze_in_turn(app.extensions["inspect"], week_files, lambda: datetime.now(UTC))

    serve(app, opening.doors, chosen.threads, ready, limits=opening.limits, listening=member.listening)
    _hand_over(app.extensions["inspect"])


def _hand_over(services: Services) -> None:
    """What is in hand behind the answers is done, or left to the next process."""
    if not services.after.hand_over(_HAND_OVER_S):
        _log.warning("background work is left to the next start")
    services.store.take_stock()
    _log.info("stopped")


def _say_damage(app: Flask) -> None:
    """What is lost costs what was in it, and is told at every start."""
    services = app.extensions["inspect"]
    for damage in (*services.store.damaged(), *services.keys.lost()):
        print(f"  数据有缺损：{damage}", flush=True)


def _fill(app: Flask, demo: bool) -> None:
    services, now = app.extensions["inspect"], datetime.now(UTC)
    if services.store.damaged():  # nothing new is founded upon what is not whole
        return
    note_settings(services.store, services.settings, now)
    if behind(services.form):
        print("\n  数据目录里有旧版本写下的文档，照常可用。方便时运行一次：flask --app inspect_app store upgrade")
    if count := give_ends(services.store, now):
        print(f"\n  {count}个以前建立的令牌没有期限，现在起{DAYS}天后到期；改密码后作废。")
    _show_passwords(first_run(services, now), "首次运行，已建立账号，第一次登录时要修改密码")
    if demo:
        from .demo import DemoRefused, fill_demo

        print("正在生成演示数据……", flush=True)
        try:
            _show_passwords(fill_demo(services, now), "演示账号")
        except DemoRefused as error:
            raise StartFailed(str(error)) from error


def _show_passwords(passwords: Mapping[str, str], title: str) -> None:
    if not passwords:
        return
    print(f"\n  {title}。密码只显示这一次，请立即抄下：")
    for name, password in passwords.items():
        print(f"    账号 {name:<12} 密码 {password}")
    print(flush=True)


def _debug(app: Flask, chosen: argparse.Namespace) -> None:
    # The debugger runs any code that its visitor types, so it is never offered to the network.
    print(f"READY http://127.0.0.1:{chosen.port}", flush=True)
    app.run("127.0.0.1", chosen.port, debug=True, use_reloader=False)
