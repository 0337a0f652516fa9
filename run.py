"""Start the server: ``python run.py --help``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from typing import NoReturn

_IN_CHINESE = {
    "unrecognized arguments: ": "没有这个选项：",
    "expected one argument": "后面缺少内容",
    "ambiguous option: ": "选项没有写全：",
    "ignored explicit argument": "后面不应有内容",
    "argument ": "",
}
"""What ``argparse`` says of wrong options."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """End with exit code 2 and a sentence."""
        for english, chinese in _IN_CHINESE.items():
            message = message.replace(english, chinese)
        self.exit(2, f"选项有误：{message}。全部选项见 {self.prog} --help\n")


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"应为整数，实为「{text}」")
    return int(text)


def options() -> argparse.Namespace:
    parser = _Parser(
        prog="run.py",
        description="启动明察暗访服务(Start the Inspect server)。首次运行建立数据目录，并一次性显示账号密码。",
    )
    parser.add_argument("--version", action="store_true", help="显示版本号(version)，不启动")
    parser.add_argument(
        "--host",
        default="0.0.0.0",
        help="监听地址(listen address)；默认 %(default)s，即本机所有网卡；:: 连同 IPv6",
    )
    parser.add_argument(
        "--port",
        type=_whole,
        default=8000,
        help="端口(port)；默认 %(default)s。HTTP 只供本机；其他机器只能在这里取证书，并被转到 HTTPS",
    )
    parser.add_argument(
        "--https",
        action="store_true",
        help="本机也只用 HTTPS(HTTPS for this machine, too)；其他机器总是用 HTTPS，见 docs/operate/https.md",
    )
    parser.add_argument(
        "--https-port",
        type=_whole,
        help="HTTPS 的端口(port of HTTPS)；默认 8443",
    )
    parser.add_argument(
        "--https-name",
        action="append",
        default=[],
        metavar="NAME",
        help="证书里另加的主机名或IP地址(another name for the certificate)，可写多次",
    )
    parser.add_argument(
        "--plain-http",
        action="store_true",
        help="让其他机器也用不加密的 HTTP(plain HTTP for everybody)：同一网络里的人能看到密码和照片",
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        help="数据目录（data folder，含照片）；默认取环境变量 INSPECT_DATA，否则为项目内 data/ 与 photos/",
    )
    parser.add_argument("--demo", action="store_true", help="填入三周的演示数据(demo data)，均有【演示】标记")
    parser.add_argument("--threads", type=_whole, default=8, help="处理请求的线程数(worker threads)；默认 %(default)s")
    parser.add_argument(
        "--processes",
        type=_whole,
        help="几个进程一起服务(server processes)，各有这些线程；默认取环境变量 INSPECT_PROCESSES，否则 1",
    )
    parser.add_argument("--under", type=_whole, help=argparse.SUPPRESS)
    parser.add_argument(
        "--debug", action="store_true", help="使用 Flask 的调试服务器(debug server)，仅供开发，只监听本机"
    )
    return parser.parse_args()


def have_temporary_folder() -> None:
    """Have one named where none can be written, as on a full disk: what is imported asks for it, reading does not."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        tempfile.tempdir = "/tmp"
        print("  注意：没有可写的临时目录（磁盘已满，或 TMPDIR 指向不可写的目录），收不了大的文件。", file=sys.stderr)


def main() -> int:
    chosen = options()
    if chosen.version:
        from inspect_app.version import program

        print(f"明察暗访 {program()}")
        return 0
    if chosen.data:
        os.environ["INSPECT_DATA"] = chosen.data
    have_temporary_folder()
    try:
        import flask  # noqa: F401
    except ModuleNotFoundError:
        print("尚未安装依赖。请运行 bash bin/serve（它会自动安装并启动）。", file=sys.stderr)
        return 1
    from inspect_app.options import OptionWrong, checked
    from inspect_app.private import be_private
    from inspect_app.processes.leading import CannotLead, lead, processes_of

    be_private()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        chosen = checked(chosen)
        number = 1
        if chosen.under is None:
            number = processes_of(chosen)
            os.environ["INSPECT_PROCESSES"] = str(number)  # whatever was said first
        return lead(chosen, sys.argv[1:], number) if number > 1 else serve(chosen)
    except OptionWrong as error:
        print(f"选项有误：{error}", file=sys.stderr)
        return 2
    except CannotLead as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def serve(chosen: argparse.Namespace) -> int:
    """Serve in this process; the exit code."""
    from inspect_app.starting import StartFailed, start

    try:
        start(chosen)
    except StartFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
