"""A daemon to which people log in."""

import pytest

from logins import PASSWORD, login


@pytest.fixture
def team(new_daemon, tmp_path):
    """A daemon whose first administrator has a password, and where nobody is somebody for the uid alone."""
    (tmp_path / "admin-password").write_text(PASSWORD + "\n")
    daemon = new_daemon(
        config='trust_peer = false\nadmin_mode = "0666"\n', env={"CREDENTIALS_DIRECTORY": str(tmp_path)}
    )
    return daemon.start()


@pytest.fixture
def boss(team):
    return login(team)


@pytest.fixture
def alice(team, boss):
    """A viewer with a password; the fixture is her first connection."""
    boss.call("user.create", username="alice", role="viewer", password=PASSWORD)
    return login(team, "alice")
