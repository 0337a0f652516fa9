"""What is said of a week's sample, in the same words on pages, in letters and in workbooks."""

from __future__ import annotations

from collections.abc import Iterator

from ..checklists.scoring import format_rate
from ..plan.response import MISSED, Response, together
from .sample import APART, CHOSEN, Apart, WeekSample

RULE = (
    "没有测到的点位不换别的点位代替，当作与同一街道、同一类型里测到的一样；没有测到的越多、越不是偶然，指数越靠不住。"
)
"""What is done about missed sites; see ``domain/plan/response``."""
_WORSE = 10
"""Points by which missed sites are supposed to be worse, to tell how much hangs on them."""
_CHOSEN = "这一周没有抽查计划：下面是对选定点位的汇总，不是对全部点位的估计。"


def basis_text(sample: WeekSample) -> str:
    """What the figures are made of, in one sentence; of a plan with how many of its sites were inspected."""
    if sample.basis == CHOSEN:
        return _CHOSEN
    whole = together(sample.responses)
    if not whole.drawn:
        return "指数只由抽查计划抽中的点位推算。"
    return f"指数只由抽查计划抽中的点位推算：抽中{whole.drawn}个，测了{whole.inspected}个（应答率{percent(whole)}）。"


def warning_text(sample: WeekSample) -> str:
    """That fewer sites were inspected than the office has set; empty where enough were."""
    whole = together(sample.responses)
    if whole.rate is None or whole.rate >= sample.least_response:
        return ""
    return f"应答率{percent(whole)}，低于{format_rate(100 * sample.least_response)}%：没有测到的点位可能与测到的不同。"


def rule_text(sample: WeekSample) -> str:
    """What is done about missed sites, and how much hangs on it; empty of figures that no plan is behind.

    Where missed sites are worse than seen ones of their street and type, no interval knows by how much: the figure is
    too high by that much times the share missed, about, as shares differ between types and streets.
    """
    whole = together(sample.responses)
    if not sample.responses or whole.rate in (None, 1.0):
        return RULE if sample.responses else ""
    missed, moved = whole.drawn - whole.inspected, _WORSE * (1 - (whole.rate or 0.0))
    return (
        f"{RULE}没有测到的{missed}个要是平均比测到的低{_WORSE}分，真实的指数就约低{format_rate(moved)}分；"
        "95%区间没有算进这种误差。"
    )


def percent(response: Response) -> str:
    """The share inspected as it is printed; a dash where nothing was drawn."""
    return "—" if response.rate is None else f"{format_rate(100 * response.rate)}%"


def missed_text(response: Response) -> str:
    """How many were missed by reason: ``关闭2，施工1``; empty where none was."""
    return "，".join(f"{MISSED[name]}{count}" for name, count in response.missed.items())


def apart_text(apart: Apart) -> str:
    """One kind of what stands apart: how many, and their plain mean."""
    sites = f"{apart.sites}个点位" if apart.sites else ""
    mean = f"，平均{format_rate(apart.mean)}" if apart.mean is not None else ""
    return f"{APART[apart.kind]}{apart.visits}次{f'（{sites}{mean}）' if sites else ''}"


def apart_sentence(sample: WeekSample) -> str:
    """All that stands apart, in one sentence; empty where nothing does."""
    said = "，".join(map(apart_text, sample.apart_together))
    return f"另有{said}，单独列出，不计入指数。" if said else ""


def sentences(sample: WeekSample) -> Iterator[str]:
    """All of it, one after the other."""
    yield from filter(None, (basis_text(sample), warning_text(sample), apart_sentence(sample)))
    if rule := rule_text(sample):
        yield rule
