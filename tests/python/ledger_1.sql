-- An intent is a wish to tell one role one thing. A message carries one intent or, as a
-- digest, several; it has a row for each channel of its role.
create table if not exists intents (
    intent_id text primary key,
    message_id text not null,
    exception_id text not null,
    rule_id text not null,
    journey text not null,
    kind text not null check (
        kind in ('opened', 'raised', 'reminded', 'escalated', 'resolved')
    ),
    spell integer not null,
    step integer not null,
    owner_role text not null,
    route_class text not null,
    reason text not null,
    decided_at text not null
) strict;

create index if not exists intents_by_message on intents (message_id);
create index if not exists intents_by_exception on intents (exception_id);

create table if not exists messages (
    message_id text not null,
    channel text not null,
    owner_role text not null,
    payload text not null,
    priority integer not null,
    state text not null check (
        state in ('pending', 'sending', 'sent', 'outbox', 'failed', 'held')
    ),
    attempts integer not null default 0,
    is_possible_duplicate integer not null default 0,
    delivered_at text,
    error text,
    primary key (message_id, channel)
) strict;

-- How a message fares is asked far more often than what it says, which may be large.
create index if not exists messages_by_state on messages (message_id, state);

-- One row whenever the decision about an exception, or its reason, changes.
create table if not exists decisions (
    decision_number integer primary key,
    exception_id text not null,
    decided_at text not null,
    decision text not null,
    reason text not null
) strict;

create index if not exists decisions_by_exception on decisions (exception_id);

create table if not exists actions (
    action_number integer primary key,
    action text not null check (action in ('acknowledged', 'resolved')),
    exception_id text not null,
    actor text not null,
    note text,
    close_code text,
    acted_at text not null
) strict;

create table if not exists lease (
    only_row integer primary key check (only_row = 1),
    host text not null,
    owner text not null,
    expires_at real not null
) strict;
