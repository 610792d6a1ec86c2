import pytest

from services.runtime.database.url import UnusableDatabaseUrlError, asyncpg_url, with_credentials


@pytest.mark.parametrize(
    ("pasted", "wanted"),
    [
        ("postgresql://u:p@db/essor", "postgresql+asyncpg://u:p@db/essor"),
        ("postgres://u:p@db:6432/essor", "postgresql+asyncpg://u:p@db:6432/essor"),
        ("postgresql+psycopg2://u:p@db/essor", "postgresql+asyncpg://u:p@db/essor"),
        ("postgresql://u@/essor?host=/run/postgresql", "postgresql+asyncpg://u@/essor?host=/run/postgresql"),
        ("postgresql:///essor", "postgresql+asyncpg:///essor"),
        ("postgresql://u:p@db/essor?sslmode=require", "postgresql+asyncpg://u:p@db/essor?ssl=require"),
        ("postgresql://u:p@db/e?connect_timeout=3&application_name=x", "postgresql+asyncpg://u:p@db/e"),
        ("postgresql://u:p%40%2F%3A%3F%23%25é@db/e", "postgresql+asyncpg://u:p%40%2F%3A%3F%23%25é@db/e"),
        (
            "postgresql:///?host=/tmp&user=u&password=p&port=6432&dbname=e",
            "postgresql+asyncpg://u:p@:6432/e?host=/tmp",
        ),
    ],
)
def test_what_people_paste_is_understood(pasted: str, wanted: str) -> None:
    found = asyncpg_url(pasted)
    assert found.password == asyncpg_url(wanted).password
    assert found.render_as_string(hide_password=False) == asyncpg_url(wanted).render_as_string(
        hide_password=False
    )
    assert found.drivername == "postgresql+asyncpg"


@pytest.mark.parametrize(
    ("pasted", "told"),
    [
        ("mysql://u:secret@db/essor", "mysql"),
        ("secret", "postgresql://USER"),
        ("", "postgresql://USER"),
        ("postgresql://u:secret@db:port/essor", "postgresql://USER"),
        ("postgresql://u:secret@db/essor?sslmode=always", "verify-full"),
        ("postgresql://u:secret@db/essor?sslrootcert=/ca.pem", "PGSSLROOTCERT"),
        ("postgresql://u:secret@db/essor?channel_binding=require", "channel binding"),
        ("postgresql:///?port=secret", "postgresql://USER"),
        ("postgresql://u:secret@db/essor?colour=blue", "colour"),
    ],
)
def test_what_cannot_be_used_is_explained_without_the_password(pasted: str, told: str) -> None:
    with pytest.raises(UnusableDatabaseUrlError, match=told) as error:
        asyncpg_url(pasted)
    assert "secret" not in str(error.value)


def test_another_roles_credentials_replace_the_owners_wherever_they_stood() -> None:
    for owner in ("postgresql://owner:p@db/e?sslmode=require", "postgres:///e?host=/s&user=owner&password=p"):
        theirs = asyncpg_url(with_credentials(owner, username="loans", password="q@:/"))
        assert (theirs.username, theirs.password, theirs.database) == ("loans", "q@:/", "e")
        assert "owner" not in str(theirs)
        assert theirs.query.get("ssl") == asyncpg_url(owner).query.get("ssl")
