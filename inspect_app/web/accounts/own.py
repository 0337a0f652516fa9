"""One's own account: password, second factors, tokens, and showing once more who one is."""

from __future__ import annotations

from collections.abc import Sequence

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from ...domain.accounts.device import Way
from ...domain.accounts.permissions import Permission
from ...domain.problems import Problem
from ...services.accounts import factors as second
from ...services.accounts.accounts import change_own_password, find_user
from ...services.accounts.devices import add_device
from ...services.accounts.factors import TurnedOn, factors_of
from ...services.accounts.passkeys import authenticated, authentication_options, registered, registration_options
from ...services.accounts.signing_in import Wait
from ...services.accounts.throttle import begin_try, forgive, keys_of
from ...services.accounts.tokens import all_tokens, revoke_token
from ...wording import say
from .. import access
from ..context import browser, now, services, user
from ..errors import error_page
from ..forms import PageForm
from ..known_devices import known_device
from ..own_path import way_back
from ..proving import FIELD, has_proved, note_proof, prove_page, wrong_proof
from ..qr import qr_svg
from ..refusing import refuse
from .challenges import NO_PASSKEYS, json_answer, new_challenge, passkeys_possible, site, taken_answer

blueprint = Blueprint("account", __name__, url_prefix="/account")
_SECRET = "new_app"
"""In the session: the secret of an app that has not shown a right code yet. Its owner has it on the screen anyway."""
_CODES = "recovery_codes"


class PasswordForm(PageForm):
    """One's own password: the present one, and another twice."""

    current = PasswordField("现在的密码", validators=[InputRequired("请输入现在的密码"), Length(max=256)])
    new = PasswordField("新密码", validators=[InputRequired("请输入新密码"), Length(max=256)])
    again = PasswordField("再输一次新密码", validators=[InputRequired("请再输一次新密码"), Length(max=256)])


@blueprint.get("")
@access.allowed(Permission.ACCOUNT_OWN)
def show() -> Response:
    """Password, second factors and tokens of whoever asks."""
    return _own_page()


@blueprint.route("/password", methods=["GET", "POST"])
@access.allowed(Permission.ACCOUNT_OWN)
def password() -> BaseResponse:
    form = PasswordForm(meta={"csrf": False})
    if not form.validate_on_submit():
        errors = [error for field in form for error in field.errors] if request.method == "POST" else []
        return _password_page([Problem("accounts.password_form_wrong", details={"error": error}) for error in errors])
    if form.new.data != form.again.data:
        return _password_page([Problem("accounts.new_passwords_differ", ("again",))])
    return _changed(form.current.data, form.new.data)


def _changed(current: str, new: str) -> BaseResponse:
    """Change the password; this browser stays signed in, as a device of its own."""
    store, name = services().store, user().name
    keys = keys_of(services().tries_key, name, request.remote_addr or "", known_device(name))
    if wait := begin_try(store, keys, now()):
        return _password_page(
            [Problem("accounts.own_password_wait", ("current",), {"seconds": Wait(wait).seconds})], 429
        )
    problems = change_own_password(store, user(), current, new, now())
    if not any(one.path == ("current",) for one in problems):
        forgive(store, keys)
    if problems:
        return _password_page(problems)
    changed = find_user(store, name)
    assert changed is not None
    access.begin_session(changed, add_device(store, changed, browser(), Way.PASSWORD, now()))
    return redirect(url_for("account.show", changed="password"), 303)


@blueprint.get("/app")
@access.allowed(Permission.ACCOUNT_OWN)
@access.recently_proved
def app() -> Response:
    """The QR code for an app that shows codes."""
    session.setdefault(_SECRET, second.new_secret())
    return _app_page()


@blueprint.post("/app")
@access.allowed(Permission.ACCOUNT_OWN)
@access.recently_proved
def add_app() -> BaseResponse:
    """Turn the app's codes on, by the first of them."""
    code = "".join(request.form.get("code", "").split())[:16]
    done = second.add_app(services().store, user(), session.get(_SECRET, ""), code, now())
    if isinstance(done, list):
        return _app_page(done)
    session.pop(_SECRET)
    return _turned_on(done)


@blueprint.post("/app/remove")
@access.allowed(Permission.ACCOUNT_OWN)
@access.recently_proved
def remove_app() -> BaseResponse:
    second.remove_app(services().store, user(), now())
    return redirect(url_for("account.show"), 303)


@blueprint.post("/recovery-codes")
@access.allowed(Permission.ACCOUNT_OWN)
@access.recently_proved
def recovery_codes() -> BaseResponse:
    """Other recovery codes, shown once."""
    if not factors_of(services().store, user().name).on:
        refuse(409, "还没有开启二次验证，不需要恢复码")
    return _own_page(codes=second.new_recovery_codes(services().store, user(), now()))


@blueprint.post("/passkeys/options")
@access.allowed(Permission.ACCOUNT_OWN)
@access.recently_proved
def passkey_options() -> Response:
    """What the browser is to ask in order to make a passkey."""
    if not passkeys_possible():
        return error_page(409, NO_PASSKEYS)
    return json_answer(registration_options(site(), user(), factors_of(services().store, user().name), new_challenge()))


@blueprint.post("/passkeys")
@access.allowed(Permission.ACCOUNT_OWN)
@access.recently_proved
def add_passkey() -> Response:
    """Turn on the passkey that the browser made."""
    answered = taken_answer()
    if answered is None:
        return error_page(400, "没有等待中的通行密钥，请刷新页面后再试")
    made = registered(site(), *answered, browser(), now())
    done = made if isinstance(made, list) else second.add_passkey(services().store, user(), made, now())
    if isinstance(done, list):
        return error_page(422, str(say(done[0])))
    session[_CODES] = list(done.codes)
    return jsonify(next=url_for("account.show"))


@blueprint.post("/passkeys/<id>/remove")
@access.allowed(Permission.ACCOUNT_OWN)
@access.recently_proved
def remove_passkey(id: str) -> BaseResponse:
    if not any(one.id == id for one in factors_of(services().store, user().name).passkeys):
        refuse(404, "没有这个通行密钥")
    second.remove_passkey(services().store, user(), id, now())
    return redirect(url_for("account.show"), 303)


@blueprint.post("/tokens/<number>/revoke")
@access.allowed(Permission.ACCOUNT_OWN)
def revoke_own_token(number: str) -> BaseResponse:
    """End one of one's own tokens: no proof is asked of who wants less to be open."""
    if problems := revoke_token(services().store, number, now(), by=user().name, of=user().name):
        refuse(404, str(say(problems[0])))
    return redirect(url_for("account.show"), 303)


@blueprint.route("/prove", methods=["GET", "POST"])
@access.allowed(Permission.ACCOUNT_OWN)
def prove() -> BaseResponse:
    """Show once more who one is, then go on to ``next``."""
    target = way_back("next") or url_for("auth.home")
    here = url_for("account.prove", next=target)
    given = request.form.get(FIELD, "")
    if request.method == "GET":
        return prove_page(user(), 200, target=here)
    # A passkey has just shown it, and the page's script sends the form.
    if not given and has_proved():
        return redirect(target, 303)
    if problem := wrong_proof(user(), given):
        return prove_page(user(), 422, problem, here)
    note_proof()
    return redirect(target, 303)


@blueprint.post("/prove/passkey/options")
@access.allowed(Permission.ACCOUNT_OWN)
def prove_options() -> Response:
    """What the browser is to ask a passkey of whoever is signed in."""
    factors = factors_of(services().store, user().name)
    return json_answer(authentication_options(site(), new_challenge(), factors))


@blueprint.post("/prove/passkey")
@access.allowed(Permission.ACCOUNT_OWN)
def prove_by_passkey() -> Response:
    """Note the proof; the page then sends its form."""
    answered = taken_answer()
    if answered is None:
        return error_page(400, "没有等待中的验证，请刷新页面后再试")
    found = authenticated(services().store, site(), *answered)
    if found is None or found.name != user().name:
        return error_page(401, "这个通行密钥不是本账号的")
    note_proof()
    return jsonify(next="")


def _turned_on(done: TurnedOn) -> BaseResponse:
    session[_CODES] = list(done.codes)
    return redirect(url_for("account.show"), 303)


def _own_page(codes: Sequence[str] = ()) -> Response:
    store = services().store
    page = render_template(
        "accounts/own.html",
        factors=factors_of(store, user().name),
        needed=second.lacks_factor(store, user()),
        tokens=all_tokens(store, now(), user().name),
        codes=codes or session.pop(_CODES, ()),
        passkeys_possible=passkeys_possible(),
        changed=request.args.get("changed") == "password",
    )
    return make_response(page)


def _password_page(problems: Sequence[Problem] = (), status: int = 422) -> Response:
    page = render_template("accounts/password.html", form=PasswordForm(None, meta={"csrf": False}), problems=problems)
    return make_response(page, status if problems else 200)


def _app_page(problems: Sequence[Problem] = ()) -> Response:
    secret = session.get(_SECRET, "")
    address = second.app_address(secret, user().name) if secret else ""
    page = render_template(
        "accounts/app.html",
        secret=secret,
        picture=qr_svg(address) if address else "",
        address=address,
        problems=problems,
    )
    return make_response(page, 422 if problems else 200)
