-- An intent is a wish to tell one role one thing. A message carries one intent or, as a
-- digest, several; it has a row for each channel of its role.
create table if not exists intents (
    intent_id text primary key,
    message_id text not null,
    exception_id text not null,
    rule_id text not null,
    journey text not null,
    kind text not null check (
        kind in (
            'opened',
            'raised',
            'reminded',
            'escalated',
            'acknowledged',
            'handed_over',
            'rows_lost',
            'resolved'
        )
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

-- Refused is what would be refused again; dropped, what a person gave up. What is in the
-- outbox waits for its role to get a channel: nobody has been told.
create table if not exists messages (
    message_id text not null,
    channel text not null,
    owner_role text not null,
    payload text not null,
    priority integer not null,
    state text not null check (
        state in (
            'pending',
            'sending',
            'sent',
            'outbox',
            'failed',
            'refused',
            'dropped',
            'held'
        )
    ),
    attempts integer not null default 0,
    is_possible_duplicate integer not null default 0,
    -- A request left and no answer came.
    may_have_arrived integer not null default 0,
    -- Not before; null where any run may try it.
    next_try_at text,
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
    acted_at text not null,
    -- The spell that it answers, so that no clock has to be right.
    spell integer not null default 0
) strict;

create index if not exists actions_by_exception on actions (exception_id);

-- What was open before anybody was to be told: it is announced to nobody.
create table if not exists known (
    exception_id text primary key,
    known_at text not null
) strict;

-- One row a run that routes; one that was killed has no end.
create table if not exists runs (
    run_number integer primary key,
    started_at text not null,
    mart_as_of text,
    ended_at text,
    undelivered integer
) strict;

-- What awaits an answer, as the last marts that could be read had it.
create table if not exists followed (
    exception_id text primary key,
    exception text not null,
    escalations text not null
) strict;

create table if not exists lease (
    only_row integer primary key check (only_row = 1),
    host text not null,
    owner text not null,
    expires_at real not null
) strict;
