"""A publication scheme (发布方案) as values: parts and how they are put together, ranking, groups, bands, lists.

Nothing is fixed to this tool's dimensions or to 100 points: 深圳's 28/72, 北京's 1,000 points and 武汉's 60 (of which
90 and 10) + 40 are all trees of parts. How a table is computed of it: ``computing``; ranks and lists: ``standing``.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ...labelled import LabelledEnum


class FigureSource(LabelledEnum):
    """Where a part's figure comes from. Those of this tool carry an interval, those filled in may."""

    INPUT = "input", "填报的数"
    RATE = "rate", "填报的两数之比"
    PARTS = "parts", "由下属部分合成"
    INDEX = "index", "公共文明指数"
    DIMENSION = "dimension", "维度得分率"
    TYPE = "type", "点位类型得分率"
    ITEM = "item", "测评项得分率"
    INDUSTRY = "industry", "行业指数"
    CASES = "cases", "整改统计"
    CONSTANT = "constant", "固定的满分"


WEIGHT = "权数"
"""The column of what an area weighs in the mean of those beside it, where the scheme rolls up by weights."""
MADE = (FigureSource.PARTS, FigureSource.CONSTANT)
"""Sources that ask for no figure: made of others, or the full marks that are deducted from (扣分制)."""
FILLED_IN = (FigureSource.INPUT, FigureSource.RATE)
KEYED = (FigureSource.DIMENSION, FigureSource.TYPE, FigureSource.ITEM, FigureSource.INDUSTRY, FigureSource.CASES)
"""Sources of which a key says which figure is meant."""
OWN = (FigureSource.INDEX, FigureSource.DIMENSION, FigureSource.TYPE, FigureSource.ITEM, FigureSource.INDUSTRY)
"""Sources that are estimated from this tool's visits."""


class PartRole(LabelledEnum):
    """What a part does to the figure that it belongs to."""

    SHARE = "share", "计分"
    BONUS = "bonus", "加分"
    DEDUCTION = "deduction", "扣分"
    VETO = "veto", "一票否决"


class Combine(LabelledEnum):
    """How shares are put together."""

    WEIGHTED = "weighted", "按权重合成"
    SUM = "sum", "按系数相加"
    PRODUCT = "product", "相乘"
    LOWEST = "lowest", "取最低"
    HIGHEST = "highest", "取最高"


class Ties(LabelledEnum):
    """Which ranks equal figures get."""

    STANDARD = "standard", "并列占位（1、2、2、4）"
    DENSE = "dense", "并列不占位（1、2、2、3）"
    SHARED = "shared", "并列取平均（1、2.5、2.5、4）"
    ORDINAL = "ordinal", "不并列，按表中先后（1、2、3、4）"


class Absent(LabelledEnum):
    """What becomes of a figure of which a share is missing."""

    REFUSE = "refuse", "不合成，列为缺项"
    REWEIGHT = "reweight", "由其余部分分摊（按权重，相加的按满分）"
    ZERO = "zero", "按0分"


class Basis(LabelledEnum):
    """Which figure goes on into ranks, bands, means and roll-up."""

    PRINTED = "printed", "公布的（已四舍五入）"
    EXACT = "exact", "未四舍五入的"


class RollUp(LabelledEnum):
    """How an area is made of those below it where it has no figures of its own."""

    OWN = "own", "不合成，只用本级的数"
    MEAN = "mean", "下级区域的平均"
    WEIGHTED = "weighted", "下级区域按权数平均"


class Rounding(LabelledEnum):
    """How a figure is rounded."""

    HALF_UP = "half_up", "四舍五入"
    DOWN = "down", "截去尾数"
    UP = "up", "进一"
    HALF_EVEN = "half_even", "四舍六入五成双"


class RankBy(LabelledEnum):
    """What areas are ranked and listed by."""

    TOTAL = "total", "总分"
    CHANGE = "change", "较上期的变化"


class WeekWeights(LabelledEnum):
    """What a week counts in a period that is longer."""

    EQUAL = "equal", "每周相同"
    SITES = "sites", "按当周测评的点位数"


class Few(LabelledEnum):
    """What becomes of an area that has too few sites in all weeks of a period together (样本不足)."""

    RANKED = "ranked", "照样排名，只供参考"
    UNRANKED = "unranked", "列出，不参加排名和平均"


@dataclass(frozen=True, slots=True)
class SchemePart:
    """A part of a scheme.

    ``of`` is the id of the part that it belongs to, empty for the total. ``key`` says which figure of its source is
    meant: the column that is filled in (its title where empty), a dimension, a site type. ``base`` is the column that
    a rate is divided by. ``full`` are the full marks of its own figure (a rate's are what 100 % is worth), None: those
    of the whole; ``weight`` what it weighs among its like, or its coefficient in a sum. A bonus or deduction counts
    ``each`` points for every one of its figure, at most ``most``. ``short_of`` makes of a figure what it lacks of that
    bound, ``beyond`` what it is above one. ``steps`` convert: from this value on so many points. A part rounds its own
    figure to ``decimals`` before it goes on, None: not at all; ``rounding`` says how, None: as the scheme does. Its
    figure is no less than ``floor`` and no more than ``ceiling``. A constant is its full marks. A veto is in force
    where its figure is above 0: it caps what it belongs to at ``cap`` (lowest first: no better than it); without one
    the area is not ranked.
    """

    id: str
    title: str
    of: str = ""
    source: FigureSource = FigureSource.INPUT
    key: str = ""
    base: str = ""
    role: PartRole = PartRole.SHARE
    combine: Combine = Combine.WEIGHTED
    weight: Decimal = Decimal(1)
    full: Decimal | None = None
    each: Decimal = Decimal(1)
    most: Decimal | None = None
    short_of: Decimal | None = None
    beyond: Decimal | None = None
    steps: tuple[tuple[Decimal, Decimal], ...] = ()
    cap: Decimal | None = None
    decimals: int | None = None
    floor: Decimal | None = None
    ceiling: Decimal | None = None
    rounding: Rounding | None = None

    @property
    def column(self) -> str:
        """By what its figure is found among an area's."""
        return (self.key or self.title) if self.source in FILLED_IN else f"{self.source}:{self.key}"


@dataclass(frozen=True, slots=True)
class AreaGroup:
    """Areas that are ranked among themselves (中心城区, A类街道), by code or by name."""

    title: str
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AreaWeight:
    """What an area, by code or by name, weighs in means and in the area above, where no period says otherwise."""

    area: str
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Band:
    """A grade (优, 良 …) from a figure on."""

    title: str
    at_least: Decimal


@dataclass(frozen=True, slots=True)
class ListRule:
    """Who is on a list: the first (of a black list: the last) ``places``, or those from (below) a ``bound``.

    With both it is those of the first that reach the bound. Who is equal to the last on the list is on it too. With
    neither there is no list.
    """

    places: int = 0
    bound: Decimal | None = None

    def __bool__(self) -> bool:
        return bool(self.places) or self.bound is not None


@dataclass(frozen=True, slots=True)
class PublicationScheme:
    """A city's scheme. ``level`` are the areas that it ranks, as the tree calls them; empty: whoever has figures."""

    id: str
    title: str
    parts: tuple[SchemePart, ...]
    source: str = ""
    level: str = ""
    unit: str = "分"
    combine: Combine = Combine.WEIGHTED
    full: Decimal = Decimal(100)
    floor: Decimal | None = Decimal(0)
    ceiling: Decimal | None = None
    decimals: int = 2
    absent: Absent = Absent.REFUSE
    basis: Basis = Basis.PRINTED
    lowest_first: bool = False
    ties: Ties = Ties.STANDARD
    tie_parts: tuple[str, ...] = ()
    roll_up: RollUp = RollUp.OWN
    week_weights: WeekWeights = WeekWeights.EQUAL
    groups: tuple[AreaGroup, ...] = ()
    bands: tuple[Band, ...] = ()
    red: ListRule = ListRule()
    black: ListRule = ListRule()
    lists_by_group: bool = False
    rounding: Rounding = Rounding.HALF_UP
    rank_by: RankBy = RankBy.TOTAL
    few: Few = Few.RANKED
    weights: tuple[AreaWeight, ...] = ()

    @property
    def is_deducting(self) -> bool:
        """Whether all begin from the same full marks, so that an area without any figure has them (扣分制)."""
        return all(one.source is FigureSource.CONSTANT for one in self.under("") if one.role is PartRole.SHARE)

    def weight_of(self, code: str, name: str) -> Decimal | None:
        """What an area weighs by the scheme; None where it does not say."""
        return next((one.weight for one in self.weights if one.area in (code, name)), None)

    def rounding_of(self, id: str) -> Rounding:
        """How the figure of the part with this id is rounded."""
        part = self.part(id)
        return self.rounding if part is None or part.rounding is None else part.rounding

    def part(self, id: str) -> SchemePart | None:
        """The part with this id; None where there is none."""
        return next((part for part in self.parts if part.id == id), None)

    def under(self, of: str) -> tuple[SchemePart, ...]:
        """The parts of a part, in order; of the empty id those of the total."""
        return tuple(part for part in self.parts if part.of == of)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are filled in for each area, in order: figures, and what it weighs where that counts."""
        found = [column for part in self.parts if part.source in FILLED_IN for column in (part.column, part.base)]
        found += [WEIGHT] if self.roll_up is RollUp.WEIGHTED else []
        return tuple(dict.fromkeys(column for column in found if column))
