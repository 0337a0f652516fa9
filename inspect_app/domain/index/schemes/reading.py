"""Schemes out of TOML, JSON or a form, and back: one reading of untrusted fields for all three."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from ...labelled import LabelledEnum
from ...numbers import plain_text
from ...problems import Details, Problem
from ...reading import TableReader, Wording, toml_table
from ...tables import is_name
from .inputs import TAKEN
from .scheme import (
    KEYED,
    Absent,
    AreaGroup,
    AreaWeight,
    Band,
    Basis,
    Combine,
    Few,
    FigureSource,
    ListRule,
    PartRole,
    PublicationScheme,
    RankBy,
    RollUp,
    Rounding,
    SchemePart,
    Ties,
    WeekWeights,
)

Chosen = TypeVar("Chosen", bound=LabelledEnum)
MOST_PARTS = 200
MOST_DECIMALS = 6
_MOST = 1_000_000
_FIELDS = (
    *("id", "title", "source", "level", "unit", "combine", "full", "floor", "ceiling", "decimals", "absent", "basis"),
    *("lowest_first", "ties", "tie_parts", "roll_up", "week_weights", "lists_by_group", "rounding"),
    *("rank_by", "few", "parts", "groups", "bands", "weights"),
    *("red", "black"),
)
_PART_FIELDS = (
    *("id", "title", "of", "source", "key", "base", "role", "combine", "weight", "full", "each", "most", "short_of"),
    *("beyond", "steps", "cap", "decimals", "floor", "ceiling", "rounding"),
)
_ADDRESSES = ("new", "take", "go", "periods")
"""Words that stand in addresses where a scheme's id does."""
_ID_RULE = "abcdefghijklmnopqrstuvwxyz0123456789-"


def parse_scheme(text: str, file: str, *, kept: bool = False) -> PublicationScheme | list[Problem]:
    """A scheme from TOML, or from JSON where the text begins like it; or all that is wrong, each with its place.

    ``kept``: as ``scheme_from``.
    """
    if text.lstrip("\ufeff").lstrip().startswith("{"):
        try:
            table = json.loads(text.lstrip("\ufeff"))
        except (ValueError, RecursionError):
            return [Problem("schemes.not_json", details={"file": file})]
    else:
        table = toml_table(text, file)
        if isinstance(table, list):
            return table
    return scheme_from(table, {"file": file}, kept=kept)


def scheme_from(
    table: Mapping[str, Any], where: Details, wording: Wording | None = None, *, kept: bool = False
) -> PublicationScheme | list[Problem]:
    """A scheme from its fields, or all that is wrong with them; ``wording`` is how the source calls them.

    One that was ``kept`` or published is read whatever its fields say against one another: rules that came later are
    for what is kept anew. So a new rule belongs into ``_inconsistent``; a field's own reading gets no stricter.
    """
    problems: list[Problem] = []
    reader = _Entries(table, where, problems, wording or Wording())
    reader.only(_FIELDS)
    raw_parts = reader.tables("parts", required=True, at_most=MOST_PARTS)
    scheme = PublicationScheme(
        id=_id(reader),
        title=_title(reader),
        parts=tuple(_part(reader.entry(raw, "parts", n)) for n, raw in enumerate(raw_parts, start=1)),
        source=reader.text("source", required=False),
        level=reader.text("level", required=False),
        unit=reader.text("unit", required=False, default="分"),
        combine=_choice(reader, "combine", Combine.WEIGHTED),
        full=_number(reader, "full", above=0) or Decimal(100),
        floor=_number(reader, "floor") if "floor" in table else Decimal(0),
        ceiling=_number(reader, "ceiling"),
        decimals=2 if (decimals := _decimals(reader)) is None else decimals,
        absent=_choice(reader, "absent", Absent.REFUSE),
        basis=_choice(reader, "basis", Basis.PRINTED),
        lowest_first=reader.flag("lowest_first"),
        ties=_choice(reader, "ties", Ties.STANDARD),
        tie_parts=reader.texts("tie_parts"),
        roll_up=_choice(reader, "roll_up", RollUp.OWN),
        week_weights=_choice(reader, "week_weights", WeekWeights.EQUAL),
        groups=tuple(_groups(reader)),
        bands=tuple(_bands(reader)),
        red=_rule(reader, "red"),
        black=_rule(reader, "black"),
        lists_by_group=reader.flag("lists_by_group"),
        rounding=_choice(reader, "rounding", Rounding.HALF_UP),
        rank_by=_choice(reader, "rank_by", RankBy.TOTAL),
        few=_choice(reader, "few", Few.RANKED),
        weights=tuple(_weights(reader)),
    )
    if not problems and not kept:
        problems += _inconsistent(scheme, where, reader.wording)
    return problems or scheme


def scheme_table(scheme: PublicationScheme) -> dict[str, object]:
    """The fields of a scheme that say something, as ``scheme_from`` reads them; numbers are decimals."""
    plain = PublicationScheme(scheme.id, scheme.title, ())
    found: dict[str, object] = {
        name: _written(getattr(scheme, name))
        for name in _FIELDS
        if name not in ("parts", "groups", "bands", "weights", "red", "black", "floor")
        and (name in ("id", "title") or getattr(scheme, name) != getattr(plain, name))
    }
    if scheme.floor != plain.floor:
        found["floor"] = "none" if scheme.floor is None else scheme.floor
    for name in ("red", "black"):
        rule = getattr(scheme, name)
        if rule:
            places, bound = {"places": rule.places}, {"bound": rule.bound}
            found[name] = {**(places if rule.places else {}), **({} if rule.bound is None else bound)}
    found["parts"] = [_part_table(part) for part in scheme.parts]
    if scheme.groups:
        found["groups"] = [{"title": group.title, "areas": list(group.areas)} for group in scheme.groups]
    if scheme.bands:
        found["bands"] = [{"title": band.title, "at_least": band.at_least} for band in scheme.bands]
    if scheme.weights:
        found["weights"] = [{"area": one.area, "weight": one.weight} for one in scheme.weights]
    return found


def scheme_toml(scheme: PublicationScheme) -> str:
    """The scheme as TOML."""
    table = scheme_table(scheme)
    lines = [f"{name} = {_toml(value)}" for name, value in table.items() if not _is_nested(value)]
    for name, value in table.items():
        if isinstance(value, list) and _is_nested(value):
            for one in value:
                lines += ["", f"[[{name}]]", *(f"{key} = {_toml(inner)}" for key, inner in one.items())]
    return "\n".join(lines) + "\n"


def scheme_json(scheme: PublicationScheme) -> str:
    """The scheme as JSON."""
    return json.dumps(scheme_table(scheme), ensure_ascii=False, indent=1, default=_json_number) + "\n"


def _part_table(part: SchemePart) -> dict[str, object]:
    plain = SchemePart(part.id, part.title)
    return {
        name: _written(getattr(part, name))
        for name in _PART_FIELDS
        if name in ("id", "title") or getattr(part, name) != getattr(plain, name)
    }


def _written(value: object) -> object:
    if isinstance(value, LabelledEnum):
        return str(value)
    return [_written(one) for one in value] if isinstance(value, tuple) else value


def _is_nested(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _toml(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return plain_text(value)
        case dict():
            return "{ " + ", ".join(f"{name} = {_toml(one)}" for name, one in value.items()) + " }"
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case int():
            return str(value)
    return json.dumps(str(value), ensure_ascii=False)


def _json_number(value: object) -> object:
    assert isinstance(value, Decimal), value
    return int(value) if value == value.to_integral_value() else float(value)


class _Entries(TableReader):
    """A reader that makes readers of the entries of its lists, which gather into the same problems."""

    def __init__(self, table: Mapping[str, Any], where: Details, problems: list[Problem], wording: Wording) -> None:
        super().__init__(table, where, problems, wording)
        self.wording, self.found = wording, problems

    def entry(self, raw: Mapping[str, Any], name: str, number: int) -> TableReader:
        """The reader of an entry of the list of that name."""
        where = {**self.where, "list": self.wording.title(name), "list_entry": number}
        return TableReader(raw, where, self.found, self.wording)

    def entries(self, name: str, fields: Sequence[str], at_most: int) -> Iterator[TableReader]:
        """The readers of a list's entries, each of which has these fields only."""
        for number, raw in enumerate(self.tables(name, at_most=at_most), start=1):
            inner = self.entry(raw, name, number)
            inner.only(fields)
            yield inner


def _id(reader: TableReader) -> str:
    id = reader.text("id")
    if id and (len(id) > 40 or set(id) - set(_ID_RULE)):
        reader.complain("id", "schemes.id_malformed")
    return id


def _title(reader: TableReader) -> str:
    title = reader.text("title")
    if title and not is_name(title):
        reader.complain("title", "schemes.title_malformed")
    return title


def _part(reader: TableReader) -> SchemePart:
    reader.only(_PART_FIELDS)
    return SchemePart(
        id=_id(reader),
        title=_title(reader),
        of=reader.text("of", required=False),
        source=_choice(reader, "source", FigureSource.INPUT),
        key=reader.text("key", required=False),
        base=reader.text("base", required=False),
        role=_choice(reader, "role", PartRole.SHARE),
        combine=_choice(reader, "combine", Combine.WEIGHTED),
        weight=Decimal(1) if (weight := _number(reader, "weight")) is None else weight,
        full=_number(reader, "full", above=0),
        each=_number(reader, "each", above=0) or Decimal(1),
        most=_number(reader, "most", above=0),
        short_of=_number(reader, "short_of"),
        beyond=_number(reader, "beyond"),
        steps=tuple(_steps(reader)),
        cap=_number(reader, "cap"),
        decimals=_decimals(reader),
        floor=_number(reader, "floor"),
        ceiling=_number(reader, "ceiling"),
        rounding=_choice(reader, "rounding", Rounding.HALF_UP) if reader.table.get("rounding") else None,
    )


def _steps(reader: TableReader) -> Iterator[tuple[Decimal, Decimal]]:
    raw = reader.table.get("steps", [])
    if not isinstance(raw, list) or not all(isinstance(one, list) and len(one) == 2 for one in raw):
        reader.complain("steps", "schemes.steps_malformed")
        return
    for bound, points in raw:
        pair = reader.inner("steps", {"bound": bound, "points": points})
        found = _number(pair, "bound"), _number(pair, "points")
        yield found[0] or Decimal(0), found[1] or Decimal(0)


def _groups(reader: _Entries) -> Iterator[AreaGroup]:
    for inner in reader.entries("groups", ("title", "areas"), at_most=100):
        areas = inner.table.get("areas", [])
        if not isinstance(areas, list) or not all(isinstance(one, str) and one.strip() for one in areas):
            inner.complain("areas", "reading.not_a_list", got=repr(areas)[:80])
            areas = []
        yield AreaGroup(_title(inner), tuple(one.strip() for one in areas))


def _bands(reader: _Entries) -> Iterator[Band]:
    for inner in reader.entries("bands", ("title", "at_least"), at_most=50):
        if "at_least" not in inner.table:
            inner.complain("at_least", "reading.missing")
        yield Band(_title(inner), _number(inner, "at_least") or Decimal(0))


def _weights(reader: _Entries) -> Iterator[AreaWeight]:
    for inner in reader.entries("weights", ("area", "weight"), at_most=2_000):
        if "weight" not in inner.table:
            inner.complain("weight", "reading.missing")
        yield AreaWeight(inner.text("area"), _number(inner, "weight", above=0) or Decimal(0))


def _rule(reader: TableReader, name: str) -> ListRule:
    raw = reader.table.get(name)
    if raw is None:
        return ListRule()
    if not isinstance(raw, Mapping):
        reader.complain(name, "schemes.list_rule_malformed")
        return ListRule()
    inner = reader.inner(name, raw)
    inner.only(("places", "bound"))
    if not {"places", "bound"} & set(raw):
        reader.complain(name, "schemes.list_rule_malformed")
    places = inner.number(
        "places", lambda value: 1 <= value <= 1000 and value == int(value), "schemes.places", default=0
    )
    return ListRule(int(places), _number(inner, "bound"))


def _choice(reader: TableReader, name: str, default: Chosen) -> Chosen:
    kind = type(default)
    return kind(reader.choice(name, tuple(kind), default))


def _number(reader: TableReader, name: str, above: float | None = None) -> Decimal | None:
    """A number as it was written, exactly; None where none is given, or none of the sort."""
    if reader.table.get(name) in ("none", ""):
        return None
    least = -_MOST if above is None else above
    found = reader.optional_number(
        name,
        lambda value: (value > least if above is not None else value >= least) and value <= _MOST,
        "schemes.number_out_of_range" if above is None else "schemes.number_not_positive",
    )
    return None if found is None else Decimal(plain_text(Decimal(repr(found))))


def _decimals(reader: TableReader) -> int | None:
    found = reader.optional_number(
        "decimals", lambda value: value == int(value) and 0 <= value <= MOST_DECIMALS, "schemes.decimals"
    )
    return None if found is None else int(found)


def _inconsistent(scheme: PublicationScheme, where: Details, wording: Wording) -> Iterator[Problem]:
    """What fields say against one another."""
    if scheme.id in _ADDRESSES:
        yield Problem("schemes.known_already", details={**where, "id": scheme.id})
    known: dict[str, SchemePart] = {}
    titles: set[str] = set()
    for number, part in enumerate(scheme.parts, start=1):
        at = {**where, "list": wording.title("parts"), "list_entry": number, "feature_title": part.title}
        if part.id in known:
            yield Problem("schemes.part_repeated", details={**at, "id": part.id})
        if part.title in titles:
            yield Problem("schemes.title_repeated", details=at)
        titles.add(part.title)
        known[part.id] = part
        yield from _part_problems(scheme, part, at)
    if not any(part.role is PartRole.SHARE for part in scheme.under("")):
        yield Problem("schemes.no_share", details={**where, "feature_title": scheme.title})
    for id in scheme.tie_parts:
        if id not in known:
            yield Problem("schemes.tie_part_unknown", details={**where, "id": id})
    yield from _repeated_in_groups(scheme.groups, where)
    if scheme.weights and scheme.roll_up is not RollUp.WEIGHTED:
        yield Problem("schemes.weights_unused", details=where)
    for area, times in Counter(one.area for one in scheme.weights).items():
        if times > 1:
            yield Problem("schemes.area_weighed_twice", details={**where, "area": area})
    bounds = [band.at_least for band in scheme.bands]
    if len(set(bounds)) < len(bounds):
        yield Problem("schemes.bands_equal", details=where)


def _part_problems(scheme: PublicationScheme, part: SchemePart, at: Details) -> Iterator[Problem]:
    above = scheme.part(part.of)
    if part.of and (above is None or above.source is not FigureSource.PARTS):
        yield Problem("schemes.of_unknown", details={**at, "of": part.of})
    elif _is_in_a_ring(scheme, part):
        yield Problem("schemes.of_ring", details=at)
    if part.source is FigureSource.PARTS and not any(one.role is PartRole.SHARE for one in scheme.under(part.id)):
        yield Problem("schemes.no_share", details=at)
    if part.floor is not None and part.ceiling is not None and part.floor > part.ceiling:
        yield Problem("schemes.floor_above_ceiling", details=at)
    if part.source is FigureSource.RATE and not part.base:
        yield Problem("schemes.base_missing", details=at)
    if {part.column, part.base} & set(TAKEN):
        yield Problem("schemes.column_taken", details=at)
    if part.source in KEYED and not part.key:
        yield Problem("schemes.key_missing", details={**at, "source": part.source.label})
    combine = above.combine if above else scheme.combine
    if part.role is PartRole.SHARE and combine is Combine.WEIGHTED and part.weight <= 0:
        yield Problem("schemes.weight_not_positive", details=at)


def _is_in_a_ring(scheme: PublicationScheme, part: SchemePart) -> bool:
    seen: set[str] = set()
    one: SchemePart | None = part
    while one is not None and one.of:
        if one.id in seen:
            return True
        seen.add(one.id)
        one = scheme.part(one.of)
    return False


def _repeated_in_groups(groups: Iterable[AreaGroup], where: Details) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for group in groups:
        for area in group.areas:
            if area in seen:
                yield Problem("schemes.area_in_two_groups", details={**where, "area": area, "group": seen[area]})
            seen[area] = group.title
