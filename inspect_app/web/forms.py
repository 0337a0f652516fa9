"""What all forms of pages have in common."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict


class PageForm(FlaskForm):  # type: ignore[misc]
    """A form as pages send it. Its fields are texts and files: a body of JSON fills none of them."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Where the fields come from."""

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """The fields and files of the request; what a caller hands over itself stays."""
            is_sent = request.method not in ("GET", "HEAD") and formdata is not None
            if is_sent and request.is_json and not hasattr(formdata, "getlist"):
                return CombinedMultiDict((request.files, request.form))
            return super().wrap_formdata(form, formdata)
