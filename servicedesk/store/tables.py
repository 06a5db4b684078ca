"""Every table of the database of record. Migrations (store/migrations) bring a database to what stands here;
a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from servicedesk.store.types import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- conversations: who talks where, and what was said (redacted before it comes here, D3) ---

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(64), primary_key=True),  # Rasa's sender_id
    Column("channel", String(16), nullable=False),
    Column("tenant", String(64), nullable=False),
    Column("channel_user", String(128), nullable=False),
    Column("account", String(64), index=True),  # set only where the channel proved it (S1)
    Column("private", Boolean, nullable=False),
    Column("language", String(2)),
    Column("language_chosen", Boolean, nullable=False, default=False),  # by the employee, not by us
    Column("address", JSON(none_as_null=True)),  # where its chat platform reaches it; None: not known yet
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String(96), nullable=False, unique=True),  # the same key again stores nothing
    Column("conversation", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("author", String(16), nullable=False),  # employee, bot, agent, notice
    Column("author_name", String(120), nullable=False, default=""),
    Column("text", Text, nullable=False),
    Column(
        "content", JSON, nullable=False
    ),  # the neutral reply: buttons, steps, code field (connectors/reply.py)
    sqlite_autoincrement=True,
)

inbound = (
    Table(  # what a channel delivered and the dialogue has not finished: survives a killed process (F7, F11)
        "inbound",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("key", String(128), nullable=False, unique=True),
        Column("conversation", ForeignKey("conversations.id"), nullable=False),
        Column(
            "text", Text, nullable=False
        ),  # what to do, as JSON (connectors/envelope.py Item), redacted; empty when done
        Column("at", UtcDateTime, nullable=False),
        Column("attempts", Integer, nullable=False, default=0),
        Column("lease_until", UtcDateTime),
        Column("done_at", UtcDateTime),
        Index("ix_inbound_open", "done_at", "id"),
    )
)

sendings = Table(  # one row a message that a chat platform has to be handed (connectors/outgoing.py, F16)
    "sendings",
    metadata,
    Column("message", ForeignKey("messages.id"), primary_key=True, autoincrement=False),
    Column("conversation", ForeignKey("conversations.id"), nullable=False),
    Column("state", String(8), nullable=False),  # queued, sent, edit (sent, and changed since), dead
    Column("platform_id", String(160), nullable=False, default=""),  # the platform's own id, once it is there
    Column("attempts", Integer, nullable=False, default=0),  # also the fence: who slept past a lease is out
    Column("not_before", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
    Column("give_up_at", UtcDateTime, nullable=False),
    Column("last_error", String(200), nullable=False, default=""),
    Index("ix_sendings_open", "state", "conversation", "message"),
)

buttons = Table(
    "buttons",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("group", String(32), nullable=False, index=True),  # the reply it stood in
    Column("conversation", ForeignKey("conversations.id"), nullable=False),
    Column("payload", Text, nullable=False),  # what the dialogue gets
    Column("title", String(160), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("pressed_at", UtcDateTime),
)

# --- proof and accounts ---

channel_links = Table(  # whose account a chat platform's user is: linked once, on proof (S1)
    "channel_links",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("tenant", String(64), primary_key=True),
    Column("channel_user", String(128), primary_key=True),
    Column("account", String(64), nullable=False, index=True),
    Column("evidence", String(16), nullable=False),  # email, object_id
    Column("linked_at", UtcDateTime, nullable=False),
    UniqueConstraint("channel", "tenant", "account"),  # one user a workspace or tenant
)

slack_installations = Table(  # where the Slack app is installed by OAuth (connectors/slack/installations.py)
    "slack_installations",
    metadata,
    Column("workspace", String(32), primary_key=True),  # T…, or E… where a whole organisation installed it
    Column("name", String(120), nullable=False),
    Column("bot_user", String(32), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("tokens", Text, nullable=False),  # sealed with the key "token"
    Column("expires_at", UtcDateTime),  # of the access token; None: it does not expire
    Column("version", Integer, nullable=False),  # also the fence: who renewed an older one changes nothing
    Column("lease_until", UtcDateTime),  # until then one process renews the tokens
    Column("refused", String(80), nullable=False, default=""),  # Slack's word for why it renews them no more
    Column("installed_at", UtcDateTime, nullable=False),
    Column("renewed_at", UtcDateTime, nullable=False),
)

spent_states = Table(  # states of OAuth installations that came back: none is good twice
    "spent_states",
    metadata,
    Column("nonce", String(64), primary_key=True),
    Column("expires_at", UtcDateTime, nullable=False),
)

authenticators = (
    Table(  # seeds for directories that keep none: enrolled by an administrator, never by us (S2)
        "authenticators",
        metadata,
        Column("account", String(64), primary_key=True),
        Column("seed", Text, nullable=False),  # sealed with the key "seed"
        Column("step", Integer, nullable=False),  # the last time step that was used: no code is good twice
        Column("enrolled_at", UtcDateTime, nullable=False),
    )
)

reminders = Table(  # what a person was told unasked, so that nobody is told twice
    "reminders",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", String(64), nullable=False),
    Column("occasion", String(64), nullable=False),  # locked:2026-11-30T08:01:02+00:00, expires:2026-12-14:3
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("account", "occasion"),
)

reminders_off = Table(  # who does not want to be told
    "reminders_off",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
)

challenges = Table(
    "challenges",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account", String(64), nullable=False, index=True),
    Column("conversation", String(64), nullable=False, index=True),  # or the reset page's session
    Column("channel_user", String(160), nullable=False),
    Column("proven", Boolean, nullable=False),
    Column("purpose", String(24), nullable=False),  # reset, unlock
    Column("factor", String(16), nullable=False),  # authenticator, sms, mail
    Column(
        "hint", String(8), nullable=False, default=""
    ),  # the number's last two digits, for proven identity (S8)
    Column("nonce", String(64), nullable=False),
    Column("key_version", String(16), nullable=False, default=""),
    Column("code_mac", String(64), nullable=False, default=""),  # empty for the authenticator
    Column("state", String(16), nullable=False),  # open, accepted, spent, void, cancelled
    Column("wrong", Integer, nullable=False, default=0),  # wrong codes typed for this one
    Column("issued_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("accepted_at", UtcDateTime),
)

approvals = (
    Table(  # who was asked to vouch for whom: a challenge that somebody else answers (approvals/requests.py)
        "approvals",
        metadata,
        Column("id", String(32), primary_key=True),
        Column("challenge", String(32), nullable=False),
        Column("requester", String(64), nullable=False, index=True),
        Column("approver", String(64), nullable=False, index=True),
        Column("conversation", String(64), nullable=False),  # the approver's
        Column("state", String(16), nullable=False),  # asked, answered, given, declined, wrong, over, refused
        Column("asked_at", UtcDateTime, nullable=False),
    )
)

code_tries = Table(  # S3: counted before comparing, over all codes and channels
    "code_tries",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("proven", Boolean, primary_key=True),
    Column("wrong", Integer, nullable=False),  # how many stand in `recent`
    Column(
        "recent", JSON, nullable=False
    ),  # [[seconds since 1970, state], ...]; those of the last 24 h count
    Column("paused_until", UtcDateTime),
)

code_sends = Table(
    "code_sends",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", String(64), nullable=False, index=True),
    Column("proven", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

channel_tries = Table(  # S3: wrong codes of an unproven channel, over all accounts
    "channel_tries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("channel", String(16), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
)

reset_links = Table(
    "reset_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account", String(64), nullable=False, index=True),
    Column("conversation", String(64)),
    Column("language", String(2), nullable=False),
    Column("state", String(16), nullable=False),  # open, claimed, writing, spent, void
    Column("issued_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("claimed_at", UtcDateTime),
)

account_changes = Table(  # intent before, outcome after; limits and "locked again" are counted here
    "account_changes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account", String(64), nullable=False, index=True),
    Column("kind", String(16), nullable=False),  # reset, unlock
    Column("conversation", String(64)),
    Column("state", String(16), nullable=False),  # intended, queued, done, refused, failed, unknown
    Column("started_at", UtcDateTime, nullable=False),
    Column("password_before", UtcDateTime),  # a reset's: when the password that it is to replace was set
    Column("ended_at", UtcDateTime),
    Column("alarm_hash", String(64), unique=True),  # of the "not me" link in the notice (S6)
    Column("alarm_at", UtcDateTime),  # when it was used
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("event", String(48), nullable=False),
    Column("outcome", String(24), nullable=False),
    Column("actor", String(80), nullable=False),  # pseudonym, or the name of a process
    Column("subject", String(80), nullable=False),  # pseudonym of the account concerned
    Column("details", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("key_version", String(16), nullable=False),
    Column("mac", String(64), nullable=False),
)

person_keys = Table(  # erasing a person's key makes their pseudonyms in the audit trail nobody's (D2)
    "person_keys",
    metadata,
    Column("person", String(64), primary_key=True),  # HMAC of the identifier
    Column("key", String(64), nullable=False),
)

# --- handing over ---

cases = Table(  # what the employee holds a reference to, from the first second (F5)
    "cases",
    metadata,
    Column("reference", String(16), primary_key=True),  # "T0-7KQ2M"
    Column("key", String(128), nullable=False, unique=True),  # conversation and step that asked for it
    Column("conversation", String(64), index=True),
    Column("account", String(64), index=True),
    Column("kind", String(24), nullable=False),
    Column("category", String(48), nullable=False),
    Column("summary", String(160), nullable=False),
    Column("language", String(2), nullable=False),
    Column("draft", JSON, nullable=False),
    Column("ticket_id", String(64)),  # None until the ticket system has it
    Column("ticket_number", String(64)),
    Column(
        "state", String(16), nullable=False, default="new"
    ),  # as last seen: told when the ticket system is down
    Column("opened_at", UtcDateTime, nullable=False),
    Column("asked_at", UtcDateTime),  # since when a call may have opened its ticket; None: none is under way
    Column("news", JSON(none_as_null=True)),  # what was looked at of the ticket's changes (ticket_news.py)
    Column("heard_at", UtcDateTime),  # when either side last wrote something that the other reads
    Column("nudged_at", UtcDateTime),  # when the requester was last asked about the silence
    Column("settled_at", UtcDateTime),  # since when it was seen to be resolved or closed; None: it is not
)

resolutions = Table(  # "solved?", asked once each time a ticket is settled, and what the requester said
    "resolutions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("reference", String(16), nullable=False),
    Column("settled_at", UtcDateTime, nullable=False),  # as in its case: what tells two askings apart
    Column("conversation", String(64), nullable=False, index=True),  # where it was asked
    Column("account", String(64), index=True),
    Column("category", String(48), nullable=False),
    Column("state", String(12), nullable=False),  # asked, solved, not_solved
    Column("stars", Integer),  # 1 to 5
    Column("comment", Text),  # redacted
    Column("asked_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("told_at", UtcDateTime),  # when L1 was told of it on the ticket
    UniqueConstraint("reference", "settled_at"),
)

watermarks = Table(  # how far a process has read in another system, and when one has called us
    "watermarks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String(160), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),  # ticket.open, ticket.comment, notice.mail, chat.say, ...
    Column("stream", String(96), index=True),  # items of one stream go out one after another, oldest first
    Column("payload", JSON, nullable=False),
    Column("state", String(12), nullable=False),  # queued, done, dead
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
    Column(
        "fence", Integer, nullable=False, default=0
    ),  # a worker that slept past its lease must not finish (F7)
    Column(
        "lapses", Integer, nullable=False, default=0
    ),  # leases that ran out: what kills its worker is parked (F12)
    Column("give_up_at", UtcDateTime, nullable=False),  # a failure after this is a dead letter (F5)
    Column("last_error", String(200), nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_outbox_due", "state", "not_before"),
)

outages = Table(
    "outages",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("service", String(48), nullable=False),  # as in bot/nlu's application entity: "teams"
    Column("planned", Boolean, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("expected_end", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("texts", JSON, nullable=False),  # {"nb": ..., "sv": ..., "de": ..., "en": ...}
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("conversation", String(64), nullable=False),
    Column("language", String(2), nullable=False),
    Column("question", Text, nullable=False),  # redacted
    Column("article", String(64)),  # None: nothing was found
    Column("section", Integer),
    Column("version", String(64)),  # of the article, as it was shown
    Column(
        "verdict", String(16), nullable=False
    ),  # one row a showing; shown, solved, not_solved, person, unanswered
)

# --- the embedded parts: a directory, a ticket system, a phone and a mailbox of our own ---

directory_accounts = Table(
    "directory_accounts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("username", String(64), nullable=False, unique=True),
    Column("email", String(160), nullable=False, unique=True),
    Column("display_name", String(120), nullable=False),
    Column("given_name", String(80), nullable=False),
    Column("language", String(2), nullable=False),
    Column("country", String(2), nullable=False),
    Column("site", String(48), nullable=False),
    Column("department", String(80), nullable=False),
    Column("manager", String(64)),
    Column("enabled", Boolean, nullable=False),
    Column("guest", Boolean, nullable=False),
    Column("vip", Boolean, nullable=False),
    Column("groups", JSON, nullable=False),
    Column("phone", String(24)),
    Column("phone_since", UtcDateTime),
    Column("alternate_email", String(160)),
    Column("seed", Text),  # the authenticator's, sealed with the key "seed"
    Column("authenticator_since", UtcDateTime),
    Column("authenticator_step", Integer, nullable=False, default=0),  # the last time step that was used
    Column("password_hash", Text, nullable=False),  # argon2id
    Column("password_history", JSON, nullable=False),
    Column("password_changed_at", UtcDateTime, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("bad_tries", Integer, nullable=False, default=0),
    Column("locked_at", UtcDateTime),
    Column("note", String(200), nullable=False, default=""),  # what this demo case shows
)

directory_lockouts = Table(
    "directory_lockouts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account", ForeignKey("directory_accounts.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),  # the number is made of it
    Column("key", String(128), nullable=False, unique=True),
    Column("kind", String(24), nullable=False),
    Column("state", String(16), nullable=False),
    Column("category", String(48), nullable=False),
    Column("summary", String(160), nullable=False),
    Column("description", Text, nullable=False),
    Column("requester", String(64)),
    Column("requester_name", String(120), nullable=False),
    Column("contact", String(200), nullable=False),
    Column("language", String(2), nullable=False),
    Column("conversation", String(64)),
    Column("impact", Integer, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("assignment_group", String(80), nullable=False),
    Column("assigned_to", String(64)),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

ticket_comments = Table(
    "ticket_comments",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("ticket", ForeignKey("tickets.id"), nullable=False, index=True),
    Column("key", String(160), nullable=False, unique=True),
    Column("at", UtcDateTime, nullable=False),
    Column("author", String(120), nullable=False),
    Column("text", Text, nullable=False),
    Column("public", Boolean, nullable=False),
)

ticket_attachments = Table(
    "ticket_attachments",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("ticket", ForeignKey("tickets.id"), nullable=False, index=True),
    Column("name", String(160), nullable=False),
    Column("media_type", String(80), nullable=False),
    Column("content", LargeBinary, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String(160), nullable=False, unique=True),
    Column("medium", String(8), nullable=False),
    Column("recipient", String(160), nullable=False, index=True),
    Column("subject", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

# --- the desk ---

agents = Table(
    "agents",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("username", String(64), nullable=False, unique=True),
    Column("display_name", String(120), nullable=False),
    Column("role", String(16), nullable=False),  # agent, lead, author, auditor, admin
    Column("password_hash", Text, nullable=False),
    Column("seed", Text, nullable=False),  # TOTP, sealed
    Column("seed_step", Integer, nullable=False, default=0),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("id", "username"),
)

desk_sessions = Table(
    "desk_sessions",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("agent", ForeignKey("agents.id"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)

sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("username", String(64), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("wait_seconds", Float, nullable=False, default=0.0),
)
