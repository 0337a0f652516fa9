"""What a browser says of itself in ``User-Agent``, in words for people. Nothing relies on it: it can be anything."""

from __future__ import annotations

import re

_MOST_READ = 1000
"""Characters of a header that are looked at; real ones have about 200."""

# The first that matches. What stands above another has the other's mark as well: WeChat on Android names QQ's browser,
# and every browser there names Chrome and Safari.
_APPS = (
    ("企业微信", r"\bwxwork/"),
    ("微信", r"\bMicroMessenger/"),
    ("支付宝", r"\bAlipayClient/"),
    ("钉钉", r"\bDingTalk/|\bAliApp\(DingTalk"),
    ("飞书", r"\b(?:Feishu|Lark)/"),
    ("QQ", r"(?<!Browser)(?<![A-Za-z])QQ/\d"),
    ("微博", r"\bWeibo\b|__weibo__"),
    ("抖音", r"\baweme\b|BytedanceWebview"),
)
_BROWSERS = (
    ("华为浏览器", r"\bHuaweiBrowser/"),
    ("小米浏览器", r"\bMiuiBrowser/"),
    ("vivo浏览器", r"\bVivoBrowser/"),
    ("OPPO浏览器", r"\bHeyTapBrowser/"),
    ("荣耀浏览器", r"\bHonorBrowser/"),
    ("QQ浏览器", r"\bM?QQBrowser/"),
    ("UC浏览器", r"\bUCBrowser/|\bUCWEB"),
    ("夸克", r"\bQuark/"),
    ("百度", r"\bbaiduboxapp/|\bbaidubrowser"),
    ("360浏览器", r"\bQihooBrowser/|\bQHBrowser/"),
    ("Edge", r"\bEdg(?:A|iOS|e)?/"),
    ("三星浏览器", r"\bSamsungBrowser/"),
    ("Opera", r"\bOPR/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:HeadlessChrome|Chrome|CriOS)/"),
    ("Safari", r"\bSafari/"),
)
_SYSTEMS = (
    ("鸿蒙", r"OpenHarmony|HarmonyOS"),
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("安卓平板", r"^(?!.*\bMobile\b).*\bAndroid\b"),
    ("安卓手机", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("Mac", r"\bMacintosh\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Linux", r"\bLinux\b"),
)


def browser_words(user_agent: str) -> str:
    """System and browser: ``安卓手机 · Chrome``, ``iPhone · 微信``; ``未知设备`` where nothing is known."""
    read = user_agent[:_MOST_READ]
    known = (_first(_SYSTEMS, read), _first((*_APPS, *_BROWSERS), read))
    return " · ".join(filter(None, known)) or "未知设备"


def app_around(user_agent: str) -> str | None:
    """The app in whose built-in browser a page is shown, or None for a browser of its own."""
    return _first(_APPS, user_agent[:_MOST_READ])


def _first(table: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for name, mark in table if re.search(mark, user_agent, re.IGNORECASE)), None)
