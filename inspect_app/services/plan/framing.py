"""Freezing what a week's figures rest on (the frame): with the draw, which is made from it, or by the index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from ...collections.index.week_frame import FRAME_AREAS, WEEK_FRAMES, frame_document
from ...collections.plan.week_plan import REGISTERS
from ...domain.index.frame import Frame, FrameContent
from ...domain.plan.draw import Listed
from ...domain.plan.week_plan import How
from ...store import Write
from .. import Services
from ..audit import Entry
from ..place.register import all_sites, area_tree
from . import assigning


@dataclass(frozen=True, slots=True)
class Framing:
    """A frame that is to be kept: what it says, and the act that keeps it."""

    content: FrameContent
    frame: Frame
    entry: Entry
    write: Write

    @property
    def framed(self) -> tuple[FrameContent, Frame]:
        """What figures that rest on it are computed from."""
        return self.content, self.frame


def content_now(services: Services, week: str) -> FrameContent:
    """What a week's figures would rest on if it were frozen now."""
    return FrameContent(
        tree=area_tree(services.store, week),
        listed=tuple(
            Listed(site.code, site.area, site.site_type) for site in all_sites(services.store, active_only=True)
        ),
        weights=services.library.weights,
        minimum=services.settings.minimum_inspections,
        least_response=assigning.rules(services).least_response,
        checklists={id: checklist.version for id, checklist in services.library.current.items()},
    )


def content_of_draw(services: Services, week: str, drawn_from: Iterable[Listed], how: How) -> FrameContent:
    """Likewise of a week whose sites are drawn from a register: as that stands, whatever was added or retired since.

    A draw knows streets only; a site that still lies in its street is there with its community.
    """
    now = content_now(services, week)
    areas = {site.code: site.area for site in all_sites(services.store)}

    def placed(one: Listed) -> Listed:
        area = areas.get(one.code, one.area)
        return replace(one, area=area) if assigning.street_of(now.tree, area) == one.area else one

    return replace(now, listed=tuple(map(placed, drawn_from)), least_response=how.least_response)


def framing(
    services: Services, week: str, content: FrameContent, by: str, now: datetime, occasion: str, reason: str = ""
) -> Framing:
    """What is to be kept so that a week rests on this from now on; its files are kept at once.

    A file that no frame names says nothing: it may be the same as another week's.
    """
    kept, frame = WEEK_FRAMES.get(services.store, week), content.frame(by, now, occasion, reason)
    register, areas = content.files
    REGISTERS.put_once(services.store, frame.register, register)
    FRAME_AREAS.put_once(services.store, frame.areas, areas)
    earlier = kept.value if kept else ()
    entry = Entry(
        "week.framed",
        f"{week}/frame",
        before=frame_document(earlier[-1]) if earlier else None,
        after=frame_document(frame),
    )
    write = WEEK_FRAMES.writing(week, (*earlier, frame), kept.revision if kept else 0)
    return Framing(content, frame, entry, write)
