"""What all forms of pages have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict
from wtforms import PasswordField, StringField, TextAreaField

from ..domain.text import cleaned, cleaned_line


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

        def bind_field(self, form: FlaskForm, unbound_field: Any, options: Mapping[str, Any]) -> Any:
            """A field whose text is cleaned before it is judged; a password stays as it was typed."""
            kind = unbound_field.field_class
            if issubclass(kind, StringField) and not issubclass(kind, PasswordField):
                clean = cleaned if issubclass(kind, TextAreaField) else cleaned_line
                own = unbound_field.kwargs.get("filters", ())
                options = {**options, "filters": [lambda text: clean(text) if isinstance(text, str) else text, *own]}
            return super().bind_field(form, unbound_field, options)
