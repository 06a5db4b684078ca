"""Best Practical's Request Tracker 5 on SQLite, as Debian packages it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.servers.process import free_port, need, running

PACKAGES = "request-tracker5 rt5-db-sqlite rt5-standalone"
SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
QUEUE = "IT"
OTHER_QUEUE = "Facilities"  # without our custom fields
KEY_FIELD = "Tier0 Reference"
HOOK_SECRET = "7h3-5ecret-0f-th3-w3bh00ks-0f-th1s-t3st"
RIGHTS = (
    "SeeQueue CreateTicket ShowTicket ShowTicketComments ReplyToTicket CommentOnTicket ModifyTicket"
    " SeeCustomField ModifyCustomField"
)
CONFIGURATION = """
Set($rtname, 'rt.test'); Set($WebDomain, '127.0.0.1'); Set($WebPort, {port}); Set($WebPath, '');
Set($DatabaseType, 'SQLite'); Set($DatabaseName, '{folder}/db'); Set($DatabaseAdmin, '');
Set($MasonDataDir, '{folder}/mason'); Set($MasonSessionDir, '{folder}/sessions'); Set($LogToSyslog, undef);
Set($MailCommand, 'testfile'); Set($BcryptCost, 4); Set($Timezone, 'Europe/Oslo');
Set($Tier0Secret, '{secret}');
1;
"""
SEED = """
use lib '/usr/share/request-tracker5/lib'; use RT; RT::LoadConfig(); RT::Init(); require RT::AuthToken;
my $system = RT->SystemUser;
my ($queue_name, $other_name, $field_name, $rights, $folder) = @ARGV;
my $queue = RT::Queue->new($system); $queue->Create(Name => $queue_name);
my $other = RT::Queue->new($system); $other->Create(Name => $other_name);
my $field = RT::CustomField->new($system);
$field->Create(Name => $field_name, Type => 'FreeformSingle', LookupType => RT::Ticket->CustomFieldLookupType);
$field->AddToObject($queue);
for my $name ('svc-tier0', 'anna') {
  my $user = RT::User->new($system);
  $user->Create(Name => $name, Privileged => 1, RealName => $name eq 'anna' ? 'Anna Agent' : '');
  for my $each ($queue, $other) {
    $user->PrincipalObj->GrantRight(Object => $each, Right => $_) for split ' ', $rights;
  }
  my ($id, $message, $token) = RT::AuthToken->new($system)->Create(Owner => $user->id, Description => 'test');
  open my $file, '>', "$folder/$name.token"; print $file $token; close $file;
}
my $scrips = RT::Scrips->new($system); $scrips->UnLimit;  # mail, which nobody here reads, is half of RT's work
while (my $scrip = $scrips->Next) { $scrip->SetDisabled(1) if $scrip->ActionObj->Name =~ /^(Notify|Autoreply)/ }
"""


@dataclass(frozen=True)
class RequestTrackerServer:
    url: str
    token: str  # of Tier0's own account, with the rights that docs/tickets-request-tracker.md asks for
    agent_token: str
    environment: Mapping[str, str]

    def as_root(self, perl: str, *arguments: str) -> None:
        """What RT's administrator does, with RT's own modules."""
        code = "use lib '/usr/share/request-tracker5/lib'; use RT; RT::LoadConfig(); RT::Init();" + perl
        command = ["perl", "-e", code, *arguments]
        subprocess.run(command, check=True, env=dict(self.environment), capture_output=True, timeout=60)

    def as_agent(self, method: str, path: str, **options: Any) -> Any:
        """What Anna Agent does in RT."""
        headers = {"Authorization": f"token {self.agent_token}"}
        answer = requests.request(
            method, f"{self.url}/REST/2.0/{path}", headers=headers, timeout=30, **options
        )
        answer.raise_for_status()
        return answer.json()


@contextmanager
def request_tracker(folder: Path) -> Iterator[RequestTrackerServer]:
    """A running RT with a queue, our account and an agent, and no ticket in it yet."""
    setup = need("rt-setup-database-5", PACKAGES)
    need(str(SERVER), PACKAGES)
    port = free_port()
    (folder / "site.d").mkdir()
    for name in ("mason", "sessions"):
        (folder / name).mkdir()
    configuration = folder / "RT_SiteConfig.pm"
    configuration.write_text(CONFIGURATION.format(port=port, folder=folder, secret=HOOK_SECRET))
    seed = folder / "seed.pl"
    seed.write_text(SEED)
    environment = {
        **os.environ,
        "RT_SITE_CONFIG": str(configuration),
        "RT_SITE_CONFIG_DIR": str(folder / "site.d"),
    }
    with (folder / "setup").open("wb") as log:
        subprocess.run(
            [setup, "--action", "init", "--skip-create"], check=True, env=environment, stdout=log, stderr=log
        )
        subprocess.run(
            ["perl", str(seed), QUEUE, OTHER_QUEUE, KEY_FIELD, RIGHTS, str(folder)],
            check=True,
            env=environment,
            stdout=log,
            stderr=log,
        )
    tokens = [(folder / f"{name}.token").read_text() for name in ("svc-tier0", "anna")]
    command = ["env", *(f"{name}={environment[name]}" for name in ("RT_SITE_CONFIG", "RT_SITE_CONFIG_DIR"))]
    command += [str(SERVER), "--host", "127.0.0.1", "--port", str(port), "--max-workers", "2"]
    with running(command, folder / "output", "127.0.0.1", port):
        yield RequestTrackerServer(f"http://127.0.0.1:{port}", *tokens, environment)


@pytest.fixture(scope="session")
def rt() -> Iterator[RequestTrackerServer]:
    """In memory where that is possible: RT writes its database with a sync after each step."""
    shared = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="tier0-rt-", dir=shared if os.access(shared, os.W_OK) else None))
    try:
        with request_tracker(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)
