"""A hub: the same segments in PostgreSQL, to which a desk's login may add and do nothing else."""

from pathlib import Path

import pytest
from sync.test_two_desks import Two

from spoc.model.errors import BadInput
from spoc.sync.hub import CONNECTIONS, Hub, prepare
from spoc.sync.transport import PlaceGone


@pytest.fixture
def two(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Two:
    from spoc.storage import sealing

    monkeypatch.setattr(sealing, "COST", sealing.Cost(64, 1, 1))
    monkeypatch.setenv("SPOC_PASSPHRASE", "four plain words here")
    return Two(tmp_path, capsys)


def test_two_desks_agree_over_a_hub_and_one_of_them_over_a_folder_as_well(
    two: Two, hub: str
) -> None:
    assert two.run("a", "hub", "init", hub)[0] == 0
    assert two.run("a", "hub", "init", hub)[0] == 0  # twice does nothing more
    two.place_named = ("--hub", hub)
    two.call("a", "a-1")
    two.join("b")
    for desk in ("b", "a", "b"):
        two.sync(desk)
    two.call("b", "b-1")
    assert two.sync("b")["sent"] > 0 and two.sync("a")["received"] > 0
    assert two.rows("a") == two.rows("b") and len(two.rows("a")) == 2
    assert [two.sync(desk)["sent"] for desk in "ab"] == [0, 0]
    for desk in "ab":
        assert two.run(desk, "verify", "--against", hub)[0] == 0
    two.place_named = ("--folder", str(two.share))  # a new place gets all that the desk holds
    assert two.sync("a")["sent"] > 0
    assert two.run("b", "verify", "--against", str(two.share))[0] == 0


def test_a_login_adds_and_reads_its_own_and_nothing_else(hub: str) -> None:
    import psycopg

    prepare(hub, "north", {"north_desk": "one"})
    prepare(hub, "south", {"south_desk": "two"})
    north = hub.replace("keeper@", "north_desk:one@")
    transport = Hub(north)
    transport.put_new("ab/1.seg", b"mine")
    transport.put_new("ab/1.seg", b"mine")
    with pytest.raises(FileExistsError):
        transport.put_new("ab/1.seg", b"other")
    assert dict(transport.list()) == {"ab/1.seg": 4}
    transport.close()
    south = Hub(hub.replace("keeper@", "south_desk:two@"))
    assert dict(south.list()) == {}
    south.close()
    refused = [
        "UPDATE spoc1.segment SET bytes = ''",
        "DELETE FROM spoc1.segment",
        "TRUNCATE spoc1.segment",
        "INSERT INTO spoc1.segment(tenant, name, bytes) VALUES('spoc_tenant_south', 'x', '')",
        "INSERT INTO spoc1.segment(tenant, name, bytes, put_at) VALUES('spoc_tenant_north', 'x', '', now())",
        "ALTER TABLE spoc1.segment DISABLE ROW LEVEL SECURITY",
        "DROP TABLE spoc1.segment",
        "SET ROLE spoc_owner",
        "CREATE TRIGGER t BEFORE INSERT ON spoc1.segment EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()",
    ]
    with psycopg.connect(north, autocommit=True) as db:
        for statement in refused:
            with pytest.raises(psycopg.Error):
                db.execute(statement)
        assert db.execute("SELECT count(*) FROM spoc1.segment").fetchone() == (1,)


def test_a_login_holds_a_few_connections_and_the_next_is_refused_in_words(hub: str) -> None:
    prepare(hub, "north", {"many_desk": "one"})
    held = [Hub(hub.replace("keeper@", "many_desk:one@")) for _ in range(CONNECTIONS)]
    try:
        with pytest.raises(PlaceGone, match="too many connections"):
            Hub(hub.replace("keeper@", "many_desk:one@"))
    finally:
        for each in held:
            each.close()


def test_a_server_restored_from_an_old_backup_is_filled_up_again(two: Two, hub: str) -> None:
    import psycopg

    two.run("a", "hub", "init", hub)
    two.place_named = ("--hub", hub)
    two.call("a", "a-1")
    two.join("b")
    for desk in ("b", "a", "b"):
        two.sync(desk)
    with psycopg.connect(hub, autocommit=True) as db:
        backup = db.execute("SELECT tenant, name, bytes, put_at FROM spoc1.segment").fetchall()
        two.call("a", "a-2")
        two.call("b", "b-1")
        for desk in ("a", "b", "a"):
            two.sync(desk)
        db.execute("DELETE FROM spoc1.segment")
        with db.cursor() as cursor:
            cursor.executemany("INSERT INTO spoc1.segment VALUES(%s, %s, %s, %s)", backup)
    two.call("b", "b-2")
    for desk in ("b", "a", "b"):
        assert two.sync(desk)["problems"] == []
    assert two.rows("a") == two.rows("b") and len(two.rows("a")) == 4
    for desk in "ab":
        assert two.run(desk, "verify", "--against", hub)[0] == 0


def test_what_commits_late_is_fetched_by_its_name(two: Two, hub: str) -> None:
    import psycopg

    two.run("a", "hub", "init", hub)
    two.place_named = ("--hub", hub)
    two.join("b")
    for desk in ("b", "a", "b"):
        two.sync(desk)
    two.call("a", "late")
    two.sync("a")
    with psycopg.connect(hub) as db, db.transaction():
        newest = db.execute(
            "DELETE FROM spoc1.segment WHERE put_at = (SELECT max(put_at) FROM spoc1.segment WHERE name LIKE '%.seg')"
            " RETURNING tenant, name, bytes"
        ).fetchall()
    late = psycopg.connect(hub)
    late.execute("BEGIN")
    late.cursor().executemany(
        "INSERT INTO spoc1.segment(tenant, name, bytes, put_at) VALUES(%s, %s, %s, now() - interval '1 day')",
        newest,
    )
    two.call("b", "meanwhile")
    two.sync("b")
    assert len(two.rows("b")) == 1
    late.commit()
    late.close()
    assert two.sync("b")["received"] > 0 and len(two.rows("b")) == 2


def test_a_server_that_was_switched_off_is_noticed_within_a_minute(hub: str) -> None:
    prepare(hub, "service", {"desk": "one"})
    there = Hub(hub.replace("keeper@", "desk:one@"))
    try:
        said = there._db.info.get_parameters()
        assert said["tcp_user_timeout"] == "60000" and said["keepalives_idle"] == "30"
    finally:
        there.close()


def test_off_this_computer_the_certificate_is_checked_and_an_absent_server_is_said() -> None:
    with pytest.raises(BadInput, match="verify-full"):
        Hub("postgresql://desk@hub.example.invalid/spoc?sslmode=require")
    with pytest.raises(PlaceGone, match="cannot be reached"):
        Hub("postgresql://desk@127.0.0.1:9/spoc")
    with pytest.raises(BadInput, match="not the address"):
        Hub("postgresql://desk@[/spoc")
