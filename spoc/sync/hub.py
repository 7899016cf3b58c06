"""A PostgreSQL server as the place of sync: the same segments in one table, to which desks only add.

The server has no key and cannot read the content. A service is a tenant: a role without login, whose
members are the logins of its desks. Row-level security shows a login only its tenant's rows; it may read
them and add to them, and change or delete nothing (rules S14, S15). Standard SQL, PostgreSQL 14 and later.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from spoc.model.errors import BadInput
from spoc.sync.transport import LARGEST, PlaceGone

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composable

TENANT = "spoc_tenant_"
_STEWARD = "spoc_steward"  # may remove what was erased
CONNECTIONS = 3  # connections of one login: the app, a command at the same time, and one more
# A server that was switched off, or a cable that was pulled: noticed within a minute, not after hours.
_GIVES_UP = {
    "tcp_user_timeout": "60000", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3",
}  # fmt: skip
_LOOPBACK = re.compile(r"(localhost|127\.\d+\.\d+\.\d+|::1|/.*|)", re.I)
_WORD = re.compile(r"[a-z][a-z0-9_]{0,30}")


class Hub:
    """A transport over a hub. Its login is a member of one tenant."""

    def __init__(self, dsn: str) -> None:
        self._db, self.place = _connect(dsn)
        try:
            self._tenant = self._own_tenant()
        except BaseException:
            self._db.close()
            raise

    def _own_tenant(self) -> str:
        found = self._ask(
            "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname LIKE %s"
            " AND pg_catalog.pg_has_role(current_user, rolname, 'MEMBER')"
            " AND pg_catalog.has_table_privilege(rolname, 'spoc1.segment', 'SELECT') ORDER BY rolname",
            f"{TENANT.replace('_', chr(92) + '_')}%",
        )
        if len(found) == 1:
            return str(found[0][0])
        why = "of several services" if found else "of no service of this hub"
        raise PlaceGone(
            f"The login of this desk is a member {why}; nothing was sent or received. Ask whoever keeps the hub: "
            "spoc hub init makes a service, and each desk has a login of its own."
        )

    def list(self) -> Mapping[str, int]:
        found = self._ask(
            "SELECT name, octet_length(bytes) FROM spoc1.segment WHERE tenant = %s ORDER BY put_at, name",
            self._tenant,
        )
        return {str(name): int(size) for name, size in found}

    def get(self, name: str) -> bytes:
        found = self._ask(
            "SELECT bytes FROM spoc1.segment WHERE tenant = %s AND name = %s", self._tenant, name
        )
        if not found:
            raise KeyError(name)
        return bytes(found[0][0])

    def put_new(self, name: str, data: bytes) -> None:
        self._ask(
            "INSERT INTO spoc1.segment(tenant, name, bytes) VALUES(%s, %s, %s) ON CONFLICT DO NOTHING",
            self._tenant, name, data,
        )  # fmt: skip
        if self.get(name) != data:
            raise FileExistsError(name)

    def remove(self, name: str) -> bool:
        import psycopg

        try:
            self._db.execute(
                "DELETE FROM spoc1.segment WHERE tenant = %s AND name = %s", (self._tenant, name)
            )
        except psycopg.errors.InsufficientPrivilege:
            return False
        except psycopg.Error as error:
            raise _gone(self.place, error) from None
        return True

    def clock(self) -> datetime:
        ((now,),) = self._ask("SELECT pg_catalog.clock_timestamp()")
        at: datetime = now
        return at

    def close(self) -> None:
        self._db.close()

    def _ask(self, query: str, *values: Any) -> Sequence[tuple[Any, ...]]:
        import psycopg

        try:
            done = self._db.execute(query, values)
            return done.fetchall() if done.description else []
        except psycopg.Error as error:
            raise _gone(self.place, error) from None


def prepare(dsn: str, tenant: str = "service", desks: Mapping[str, str] | None = None) -> list[str]:
    """Makes the table, its rules and a tenant, and lets this login sync; returns what was made, in lines.

    Run by a login that may create roles and schemas. Running it twice does nothing more. ``desks`` are
    further logins of the tenant with their passwords. Raises PlaceGone, BadInput.
    """
    import psycopg
    from psycopg import sql

    for word in (tenant, *(desks or {})):
        if not _WORD.fullmatch(word):
            raise BadInput(
                f"“{word}” is no name for a role; nothing was made. Use small letters, digits and underscores."
            )
    role = TENANT + tenant
    db, place = _connect(dsn)
    try:
        with db.transaction():
            for each in ("spoc_owner", _STEWARD, role):
                _make_role(db, each, sql.SQL("NOLOGIN"))
            (me,) = db.execute("SELECT current_user").fetchone() or ("",)
            if db.execute("SELECT pg_catalog.to_regclass('spoc1.segment')").fetchone() == (None,):
                for statement in _TABLE:
                    db.execute(statement)
            for statement in _RIGHTS:
                db.execute(sql.SQL(statement).format(role=sql.Identifier(role)))
            db.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(me)))
            for name, word in (desks or {}).items():
                rights = sql.SQL("LOGIN PASSWORD {} CONNECTION LIMIT {}")
                _make_role(db, name, rights.format(sql.Literal(word), sql.Literal(CONNECTIONS)))
                db.execute(
                    sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(name))
                )
    except psycopg.Error as error:
        raise _gone(place, error) from None
    finally:
        db.close()
    return [
        f"The {place} is ready. Tenant: {tenant}, role: {role}.",
        f"For each desk:    CREATE ROLE name LOGIN PASSWORD '…' CONNECTION LIMIT {CONNECTIONS}; GRANT {role} TO name;",
        f"For the steward, who may remove what was erased:  GRANT {role}, {_STEWARD} TO name;",
    ]


def _make_role(db: "Connection[Any]", name: str, rights: "Composable") -> None:
    """Makes a role, unless it is there."""
    from psycopg import sql

    if not db.execute("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = %s", (name,)).fetchone():
        db.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(name), rights))


_TABLE = (
    "CREATE SCHEMA spoc1",
    "CREATE TABLE spoc1.segment("
    " tenant text NOT NULL, name text NOT NULL CHECK(length(name) BETWEEN 1 AND 300),"
    f" bytes bytea NOT NULL CHECK(octet_length(bytes) <= {LARGEST}),"
    " put_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY(tenant, name))",
    "ALTER TABLE spoc1.segment ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE spoc1.segment FORCE ROW LEVEL SECURITY",
    "CREATE POLICY reads ON spoc1.segment FOR SELECT"
    " USING (pg_catalog.pg_has_role(current_user, tenant, 'MEMBER'))",
    "CREATE POLICY adds ON spoc1.segment FOR INSERT"
    " WITH CHECK (pg_catalog.pg_has_role(current_user, tenant, 'MEMBER'))",
    "CREATE POLICY erases ON spoc1.segment FOR DELETE USING (pg_catalog.pg_has_role(current_user, tenant, 'MEMBER')"
    f" AND pg_catalog.pg_has_role(current_user, '{_STEWARD}', 'MEMBER'))",
    f"GRANT DELETE ON spoc1.segment TO {_STEWARD}",
    "REVOKE ALL ON SCHEMA spoc1 FROM PUBLIC",
    "REVOKE ALL ON spoc1.segment FROM PUBLIC",
    "GRANT spoc_owner TO current_user",
    "GRANT USAGE, CREATE ON SCHEMA spoc1 TO spoc_owner",
    "ALTER TABLE spoc1.segment OWNER TO spoc_owner",
    "ALTER SCHEMA spoc1 OWNER TO spoc_owner",
    "REVOKE spoc_owner FROM current_user",
)
_RIGHTS = (
    "GRANT USAGE ON SCHEMA spoc1 TO {role}",
    "GRANT SELECT ON spoc1.segment TO {role}",
    "GRANT INSERT(tenant, name, bytes) ON spoc1.segment TO {role}",
)


def _connect(dsn: str) -> "tuple[Connection[Any], str]":
    """A connection and the name of its place. Uses TLS and checks the server's name, except on this
    computer."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    try:
        fields = {key: str(value) for key, value in conninfo_to_dict(dsn).items()}
    except psycopg.Error:
        raise BadInput(
            "That is not the address of a PostgreSQL server; nothing was sent or received. Write it as "
            "postgresql://login@server/database"
        ) from None
    hosts = f"{fields.get('host', '')},{fields.get('hostaddr', '')}".split(",")
    place = f"hub {fields.get('host', 'here')}:{fields.get('port', '5432')}/{fields.get('dbname', fields.get('user', ''))}"
    if not all(_LOOPBACK.fullmatch(each) for each in hosts):
        if fields.get("sslmode", "verify-full") != "verify-full":
            raise BadInput(
                f"The {place} is not on this computer, so the server's certificate is checked; nothing was sent or "
                "received. Leave sslmode out of the address, or make it verify-full."
            )
        fields["sslmode"] = "verify-full"
    fields = {"connect_timeout": "10", **_GIVES_UP, **fields}
    fields["options"] = "-c search_path=pg_catalog"
    try:
        return psycopg.connect(make_conninfo("", **fields), autocommit=True), place
    except psycopg.Error as error:
        raise _gone(place, error) from None


def _gone(place: str, error: Exception) -> PlaceGone:
    lines = str(error).strip().splitlines()
    why = lines[0] if lines else type(error).__name__
    return PlaceGone(
        f"The {place} cannot be reached or used ({why}); what was not sent stays here and is sent next time. Check "
        "the network and the login, then sync again."
    )
