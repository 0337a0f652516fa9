"""What may be in force under each name: the folder's texts and the office's newest editions, at one moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ...domain.checklists.editions import FOLDER, NO_FILE, UPGRADE, Edition, FileText, TextSource, source_of
from .folder import StartingSet
from .reading import Offer

_UPGRADED = "旧版本写在程序目录里的改动"


@dataclass(frozen=True, slots=True)
class Sources:
    """Texts by name. ``edited`` are the names whose file was edited, as far as that has not become an edition yet."""

    start: StartingSet
    files: Mapping[str, FileText] = field(default_factory=dict)
    newest: Mapping[str, Edition] = field(default_factory=dict)
    edited: Collection[str] = ()

    def number(self, name: str) -> int:
        """The number of a name's newest edition, 0 where there is none."""
        return self.newest[name].number if name in self.newest else 0

    def next_edition(self, name: str, text: str | None, by: str, now: datetime, why: str = "") -> Edition:
        """What follows the newest edition of a name."""
        return Edition(name, self.number(name) + 1, text, by, now, why, self.files.get(name, NO_FILE).digest)

    def says_already(self, edition: Edition) -> bool:
        """Whether the newest edition says the same, of the same starting text."""
        newest = self.newest.get(edition.name)
        if newest is None:
            return edition.text is None
        return (newest.text, newest.starting) == (edition.text, edition.starting)

    def offers(self, now: datetime, earlier: Mapping[str, str]) -> dict[str, Offer]:
        """The texts that may be in force; ``earlier`` are edits that earlier versions of the program wrote into it."""
        names = {*self.files, *self.newest, *earlier}
        offers = {name: self._offer(name, now, earlier.get(name)) for name in names}
        return {name: offer for name, offer in offers.items() if offer}

    def offers_with(self, edition: Edition) -> dict[str, Offer]:
        """The same with an edition that is not kept yet."""
        offers, file = self.offers(edition.at, {}), self.files.get(edition.name)
        offers.pop(edition.name, None)
        if edition.text is not None:
            return offers | ({edition.name: Offer((edition.text,))} if edition.text else {})
        return offers | ({edition.name: Offer((file.text,))} if file else {})

    def _offer(self, name: str, now: datetime, earlier: str | None) -> Offer | None:
        """None where nothing is in force under a name."""
        file, edition = self.files.get(name), self.newest.get(name)
        source = source_of(file, edition, self.start.released.texts, own=self.start.own, edited=name in self.edited)
        files = (file.text,) if file else ()
        if earlier is not None and edition is None and source in (TextSource.FILE, TextSource.NOTHING):
            return Offer((earlier, *files), self.next_edition(name, earlier, UPGRADE, now, _UPGRADED))
        kept = (edition.text,) if edition and edition.text is not None else ()
        if source is TextSource.EDITED_FILE and file and file.text is not None:
            return Offer((*files, *kept), self.next_edition(name, file.text, FOLDER, now))
        if source is TextSource.EDITION:
            return None if kept == ("",) else Offer(kept)
        return None if source is TextSource.NOTHING else Offer((*files, *kept))
