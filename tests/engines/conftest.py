"""Firefox and WebKitGTK as Debian has them, beside Chromium: ``bash bin/test-engines`` sets them up and runs these."""

from tests.browser.conftest import line as line
