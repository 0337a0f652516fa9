"""What is kept: every collection of the store, one file for each type. Only that file knows how it is written down."""

from __future__ import annotations

from typing import Any

from .accounts.device import DEVICES
from .accounts.device_key import DEVICE_KEYS
from .accounts.factors import FACTORS
from .accounts.rules import ACCOUNT_RULES
from .accounts.sign_in_code import SIGN_IN_CODES
from .accounts.throttle import SIGN_IN_TRIES
from .accounts.token import TOKENS
from .accounts.unit import UNITS
from .accounts.user import USERS
from .cases.cards import CASE_SETTINGS
from .cases.case import CASE_NUMBERS, CASES, FILED
from .cases.delivery import DELIVERIES
from .cases.reminder import REMINDERS
from .checklists.checklist import CHECKLISTS
from .checklists.draft import DRAFTS
from .checklists.edition import EDITIONS
from .checklists.last_good import LAST_GOOD
from .checklists.references import REFERENCE_SETS, REFERENCE_UPLOADS
from .collection import Collection, Kept, TooNew
from .demonstration import DEMONSTRATION
from .evidence.captions import CAPTION_RULES
from .evidence.checks import PHOTO_CHECKS
from .evidence.comparison import PHOTO_COMPARISONS
from .evidence.redaction import REDACTIONS
from .evidence.removed import REMOVED
from .evidence.saved_filters import SAVED_FILTERS
from .evidence.search import SEARCHES
from .evidence.sent_bytes import SENT_BYTES
from .evidence.turns import PHOTO_TURNS
from .form import FORMS
from .index.outside_figures import OUTSIDE_FIGURES
from .index.publication import PUBLICATIONS
from .index.scheme import SCHEME_FIGURES, SCHEME_PUBLICATIONS, SCHEMES
from .index.timestamp import TIMESTAMPS
from .index.week_frame import FRAME_AREAS, WEEK_FRAMES
from .inspecting.held_import import HELD_IMPORTS
from .inspecting.inspection import INSPECTIONS
from .inspecting.news_seen import NEWS_SEEN
from .log_salt import LOG_SALTS
from .noted_key import NOTED_KEYS
from .place.area import AREA_CHANGES, AREAS
from .place.site import SITES
from .plan.missed_site import MISSED_SITES
from .plan.validation import VALIDATION_RULES, VALIDATIONS
from .plan.week_plan import AVOIDANCES, PLAN_SETTINGS, REGISTERS, WEEK_PLANS
from .quality.calibration import CALIBRATION_JUDGINGS, CALIBRATION_ROUNDS
from .quality.complaints import COMPLAINTS, PLAUSIBILITY_RULES
from .start_settings import START_SETTINGS

__all__ = ["ALL", "LAYOUTS", "Collection", "Kept", "TooNew"]

ALL: tuple[Collection[Any], ...] = (
    FORMS,
    LOG_SALTS,
    NOTED_KEYS,
    START_SETTINGS,
    DEMONSTRATION,
    USERS,
    TOKENS,
    DEVICES,
    DEVICE_KEYS,
    SIGN_IN_CODES,
    SIGN_IN_TRIES,
    FACTORS,
    ACCOUNT_RULES,
    UNITS,
    AREAS,
    AREA_CHANGES,
    SITES,
    EDITIONS,
    CHECKLISTS,
    LAST_GOOD,
    DRAFTS,
    REFERENCE_SETS,
    REFERENCE_UPLOADS,
    PHOTO_CHECKS,
    PHOTO_COMPARISONS,
    SEARCHES,
    REDACTIONS,
    PHOTO_TURNS,
    CAPTION_RULES,
    REMOVED,
    SAVED_FILTERS,
    SENT_BYTES,
    NEWS_SEEN,
    INSPECTIONS,
    HELD_IMPORTS,
    WEEK_PLANS,
    REGISTERS,
    PLAN_SETTINGS,
    AVOIDANCES,
    MISSED_SITES,
    VALIDATION_RULES,
    VALIDATIONS,
    PUBLICATIONS,
    TIMESTAMPS,
    OUTSIDE_FIGURES,
    WEEK_FRAMES,
    FRAME_AREAS,
    CALIBRATION_ROUNDS,
    CALIBRATION_JUDGINGS,
    COMPLAINTS,
    PLAUSIBILITY_RULES,
    SCHEMES,
    SCHEME_FIGURES,
    SCHEME_PUBLICATIONS,
    CASES,
    FILED,
    CASE_NUMBERS,
    CASE_SETTINGS,
    REMINDERS,
    DELIVERIES,
)
"""The registry: what is in it can be kept, found, upgraded and backed up; nothing else is."""

LAYOUTS = tuple(collection.layout for collection in ALL)
"""What a store is opened with."""
