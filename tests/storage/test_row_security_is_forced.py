"""Row-level security binds the application on every table."""

from tests.storage.two_organizations import TABLES, Two


def test_row_security_is_forced_on_every_table(two: Two) -> None:
    found = two.owner.execute(
        "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class "
        "WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    forced = dict(found)
    assert forced.pop("alembic_version") is False
    assert forced == {table.name: True for table in TABLES}


def test_there_are_no_views_and_no_security_definer_functions(two: Two) -> None:
    views = two.owner.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') "
        "AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    definers = two.owner.execute(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    ).fetchall()
    assert views == definers == []


def test_the_application_is_neither_superuser_nor_owner_nor_exempt(two: Two) -> None:
    role = two.as_app().execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, "
        "(SELECT count(*) FROM pg_class WHERE relowner = r.oid), "
        "(SELECT count(*) FROM pg_auth_members WHERE member = r.oid) "
        "FROM pg_roles r WHERE rolname = current_user"
    )
    assert role.fetchone() == (False, False, False, 0, 0)
