"""What people paste into a field of a page."""

from __future__ import annotations

from flask import Flask
from wtforms import PasswordField, StringField, TextAreaField
from wtforms.validators import Length

from inspect_app.web.forms import PageForm


class _Form(PageForm):
    name = StringField()
    note = TextAreaField(validators=[Length(max=3)])
    password = PasswordField()


def test_texts_are_cleaned_before_they_are_judged_and_passwords_are_left() -> None:
    app = Flask(__name__)
    app.secret_key = "x"
    sent = {"name": "\u3000中\v山\ufeff", "note": "一\r\n二", "password": " p\u200b "}
    with app.test_request_context(method="POST", data=sent):
        form = _Form(meta={"csrf": False})
        assert form.validate(), form.errors
        assert (form.name.data, form.note.data, form.password.data) == ("中 山", "一\n二", " p\u200b ")
