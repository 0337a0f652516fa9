"""The keys of an installation: files of the data folder, or of one of their own, that nothing else can be made from.

Each is made once and noted in the store from then on. One that is gone, or is another than was noted, is told and not
made anew: what only the old one opens or proves would be lost without a word. ``renew`` does it, and is logged.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, count
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..collections.accounts.user import USERS
from ..collections.noted_key import NOTED_KEYS, FormerKey, NotedKey
from ..collections.plan.week_plan import WEEK_PLANS
from ..domain.weeks import utc_text
from ..durable import is_full, keep_once, sync_folder
from ..store import Store, StoreDamaged
from .audit import Entry, keep

_DIGEST_FOR = b"noted key"
_LEAST_BYTES = 32
_BY_ITSELF = "启动"
"""Who the log names for what a start renews."""


class KeyLost(StoreDamaged):
    """A key is gone or is another one; the message says which, what that means and what to do, in Chinese."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A kind of key: its file in the data folder; what it is, what goes without it, what another one costs, in Chinese.

    ``new`` makes one, None where it is made elsewhere; ``was_used`` is whether a folder that has no note of it must
    have had one; ``public`` is the public half as PEM, and raises ``ValueError`` where the file holds no such key.
    """

    name: str
    title: str
    without: str
    renewed: str
    was_used: Callable[[Path, Store], bool]
    new: Callable[[], bytes] | None = None
    public: Callable[[bytes], str] = lambda content: ""


def keys_elsewhere(folder: Path | None) -> dict[str, Path]:
    """The keys that lie in a folder of their own and not in the data folder, by the names that they have there."""
    return {file.name: folder / file.name for file in SHARED} if folder else {}


def _has_accounts(_: Path, store: Store) -> bool:
    try:
        return bool(USERS.find(store))
    except StoreDamaged:  # what is damaged was there
        return True


def _has_sealed(_: Path, store: Store) -> bool:
    try:
        return any(plan.value.sealed for plan in WEEK_PLANS.find(store))
    except StoreDamaged:
        return True


def _has_certificate(data: Path, _: Store) -> bool:
    return (data / "tls" / "server.pem").exists()


def _no_public_half_of_sealing(content: bytes) -> str:
    AESGCM(content)  # which takes no other lengths
    return ""


def _new_signing_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def signing_key(content: bytes) -> ec.EllipticCurvePrivateKey:
    """The private key in a PEM file. Raises ``ValueError`` where there is none."""
    try:
        key = serialization.load_pem_private_key(content, None)
    except (TypeError, UnsupportedAlgorithm) as error:  # it asks for a password, or is of a kind that nobody knows
        raise ValueError from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError
    return key


def _public(content: bytes) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return signing_key(content).public_key().public_bytes(serialization.Encoding.PEM, form).decode()


SESSIONS = KeyFile(
    "secret.key",
    "登录凭证的密钥",
    "在此期间每次重新启动后各人都要重新登录，手机上带着的到场凭证不被承认（这些测评等办公室确认）",
    "各人要重新登录，手机上带着的到场凭证不被承认（这些测评等办公室确认）",
    _has_accounts,
    lambda: secrets.token_bytes(_LEAST_BYTES),
)
RECEIPTS = KeyFile(
    "receipt.key",
    "办公室的签名密钥",
    "在此期间不签回执（手机保留照片和记录，稍后再发），不出证据包，不能发布",
    "以前签的回执、证据包、日志末条不能用新的公钥核对，要用以前的公钥（记下过的在 /key/ 页上）；新的指纹要重新告知",
    _has_accounts,
    _new_signing_key,
    _public,
)
SEALS = KeyFile(
    "plan.key",
    "打开封存数的钥匙",
    "用它封存的抽取，没有抽的抽不了，抽过的到期不能公开封存数，旁人不能重做核对；也不能公布新的抽取",
    "用旧的封存的抽取，没有抽的要重新公布，抽过的永远不能公开封存数，旁人不能重做核对",
    _has_sealed,
    lambda: AESGCM.generate_key(256),
    _no_public_half_of_sealing,
)
AUTHORITY = KeyFile(
    "tls/authority.pem",
    "自建的证书机构",
    "各手机信任的是它，没有它不能用 HTTPS 启动",
    "每部手机要删除旧证书、安装新的",
    _has_certificate,
)
KEY_FILES: Mapping[str, KeyFile] = {one.name: one for one in (SESSIONS, RECEIPTS, SEALS, AUTHORITY)}
"""Every key, by the name of its file."""
SHARED = (SESSIONS, RECEIPTS, SEALS)
"""Those that each server of a database has to have alike."""
_ON_A_SERVER = (
    "{folder} 里没有本安装的密钥：{names} 缺失、损坏，或不是数据库里记下的那一把。没有启动，也没有生成新的。"
    "几台服务器要用同一份密钥：在已有的服务器上运行 flask --app inspect_app keys export，"
    "在这一台运行 keys import，见 docs/operate/several-servers.md；只有这一台的，请从备份恢复，"
    "没有备份时用 keys renew 逐把换新的，换以前先看它说的后果"
)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a data folder, with what its store has noted of them.

    ``folder`` is where those of ``SHARED`` lie that are to be the same on all servers, where that is elsewhere;
    ``among_servers`` says that there may be others.
    """

    data: Path
    store: Store
    folder: Path | None = None
    among_servers: bool = False

    def path(self, file: KeyFile) -> Path:
        """Where a key lies."""
        return (self.folder if self.folder and file in SHARED else self.data) / file.name

    def opened(self, file: KeyFile) -> bytes:
        """The key; made where there never was one. Raises ``KeyLost``, and where it says so nothing is made."""
        noted = self.noted(file)
        if sentence := self._lost(file, noted):
            raise KeyLost(sentence)
        path = self.path(file)
        content, is_made = self._read(path), False
        if content is None:
            assert file.new
            if self.among_servers and file is not RECEIPTS:
                # Of servers that are founded at the same time all keys are those of one: who noted the first of them.
                self.refuse_lost(RECEIPTS)
            content, is_made = keep_once(path, file.new()), True
        if noted is None or not noted.digest:
            self._note(file, noted, content)
        if is_made and (sentence := self._lost(file, self.noted(file))):
            # Another server made one at the same time, and was first to note it.
            path.unlink()
            raise KeyLost(sentence)
        return content

    def open_for_servers(self) -> None:
        """Make what was never made, so that all can be handed to other servers, of which each has to have them.

        Raises ``KeyLost`` where one here is not that of the others, and then makes none.
        """
        wrong = [file for file in SHARED if self._lost(file, self.noted(file))]
        if wrong:
            raise KeyLost(
                _ON_A_SERVER.format(folder=self.path(wrong[0]).parent, names="、".join(f.name for f in wrong))
            )
        for file in SHARED:
            self.opened(file)

    def lost(self) -> list[str]:
        """Of every key that is gone or another one, a sentence in Chinese that names its file."""
        return [said for file in KEY_FILES.values() if (said := self._lost(file, self.noted(file)))]

    @contextmanager
    def made_elsewhere(self, name: str, has_run_out: Callable[[], bool], now: datetime) -> Iterator[None]:
        """Around what opens a key by itself, and makes one where none is: it is noted as it is on disk then.

        One that has run out makes room for another before that, which the log tells. Raises ``KeyLost`` first of all
        where it is lost, and what ``renew`` raises.
        """
        file = KEY_FILES[name]
        self.refuse_lost(file)
        if has_run_out():
            self.renew(file, _BY_ITSELF, now)
        yield
        noted, content = self.noted(file), self._read(self.path(file))
        if content is not None and (noted is None or noted.digest != digest_of(content)):
            self._note(file, noted, content)

    def noted(self, file: KeyFile) -> NotedKey | None:
        """What is noted of a key; nothing where that cannot be read: the key itself may be whole."""
        try:
            kept = NOTED_KEYS.get(self.store, file.name)
        except StoreDamaged:
            return None
        return kept.value if kept else None

    def renew(self, file: KeyFile, who: str, now: datetime, *, former: str = "") -> Path | None:
        """Have another key take the place of one; where the old file was put, if there was one. It is logged.

        ``former`` is a public half (PEM) of before that may not have been noted. Of one that is made elsewhere it is
        noted that it is to be made. Raises ``StoreDamaged``, and what a full disk raises, with the key as it was, where
        it cannot be noted. A crash in between leaves a lost key.
        """
        kept = NOTED_KEYS.get(self.store, file.name)
        noted, content = kept.value if kept else None, file.new() if file.new else b""
        after = _noted_anew(file, noted, content, [former, noted.public if noted else ""], now)
        entry = Entry("key.renewed", f"key/{file.name}", _told(noted), _told(after))
        with self._exchanging(self.path(file), content, now) as aside:
            keep(self.store, who, now, [entry], [NOTED_KEYS.writing(file.name, after, kept.revision if kept else 0)])
        return aside

    def refuse_lost(self, file: KeyFile) -> None:
        """Raises ``KeyLost`` where a key is lost."""
        if sentence := self._lost(file, self.noted(file)):
            raise KeyLost(sentence)

    @contextmanager
    def _exchanging(self, path: Path, content: bytes, now: datetime) -> Iterator[Path | None]:
        """Around what notes another key: it takes its place only then. All that needs room is written before.

        Gives where a copy of the old file is put, under a name that none has.
        """
        old = self._read(path)
        aside = _kept_aside(path, old, now) if old is not None else None
        beside = path.with_name(f".{path.name}.{secrets.token_hex(16)}")
        try:
            if content:
                keep_once(beside, content)
            yield aside
        except BaseException:
            for made in (beside, aside):
                if made:
                    made.unlink(missing_ok=True)
            raise
        beside.replace(path) if content else path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_folder(path.parent)

    def _lost(self, file: KeyFile, noted: NotedKey | None) -> str | None:
        path = self.path(file)
        content = self._read(path)
        if content is None:
            if noted.digest == "" if noted else not file.was_used(self.data, self.store):
                return None
            return _sentence(file, f"{path} 缺失")
        if noted and noted.digest and noted.digest != digest_of(content):
            return _sentence(file, f"{path} 损坏，或不是原来的那一把")
        return None if _is_key(file, content) else _sentence(file, f"{path} 已损坏")

    def _read(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    def _note(self, file: KeyFile, noted: NotedKey | None, content: bytes) -> None:
        """On a full disk the next opening notes it. What another server noted meanwhile stays."""
        made = NotedKey(digest_of(content), file.public(content), noted.former if noted else ())
        try:
            if noted is None:
                NOTED_KEYS.put_once(self.store, file.name, made)
            else:
                NOTED_KEYS.keep(self.store, file.name, made)
        except StoreDamaged:  # that nothing can be noted is told of the store
            return
        except OSError as error:
            if not is_full(error):
                raise


def _noted_anew(
    file: KeyFile, noted: NotedKey | None, content: bytes, publics: Iterable[str], now: datetime
) -> NotedKey:
    """The note of what takes the place of a key; without content it is to be made. ``publics`` are of until now."""
    earlier = noted.former if noted else ()
    known = {"", *(one.public for one in earlier)}
    ended = tuple(FormerKey(one, now) for one in dict.fromkeys(publics) if one not in known)
    made = NotedKey(digest_of(content), file.public(content)) if content else NotedKey("")
    return replace(made, former=(*earlier, *ended))


def _kept_aside(path: Path, content: bytes, now: datetime) -> Path:
    """A copy of a key under a name of its own, be it the second of this second."""
    names = (f"{path.name}.{now:%Y%m%dT%H%M%S}{more}" for more in chain([""], (f"-{number}" for number in count(2))))
    aside = next(one for name in names if not (one := path.with_name(name)).exists())
    keep_once(aside, content)
    return aside


def _sentence(file: KeyFile, what: str) -> str:
    return (
        f"{what}（{file.title}），没有重新生成：{file.without}。请停止服务，从备份恢复；"
        f"没有备份时换新的：flask --app inspect_app keys renew {file.name}（{file.renewed}）"
    )


def _is_key(file: KeyFile, content: bytes) -> bool:
    try:
        file.public(content)
    except ValueError:
        return False
    return len(content) >= _LEAST_BYTES


def digest_of(content: bytes) -> str:
    """Tells one key from another, and nothing of it."""
    return hmac.digest(content, _DIGEST_FOR, "sha256").hex()


def _told(noted: NotedKey | None) -> dict[str, object] | None:
    """What the log says of a key."""
    if noted is None:
        return None
    former = [{"public": one.public, "until": utc_text(one.until)} for one in noted.former]
    return {"digest": noted.digest, "public": noted.public, "former": former}
