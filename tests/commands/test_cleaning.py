"""Texts that are pasted into a command line are clean when they are kept; passwords are as they were typed."""

from __future__ import annotations

from inspect_app.services.accounts.accounts import find_user, user_with_password


def test_titles_are_cleaned_and_passwords_are_not(world):
    arguments = [
        "users",
        "add",
        "zhang3",
        "--role",
        "inspector",
        "--title",
        "\u3000张\v三\u202e",
        "--password",
        "  pass\u200b word 9!",
    ]
    done = world.app().test_cli_runner().invoke(args=arguments)
    assert done.exit_code == 0, done.output
    user = find_user(world.services.store, "zhang3")
    assert user is not None
    assert user.title == "张 三"
    assert user_with_password(world.services.store, "zhang3", "  pass\u200b word 9!")
