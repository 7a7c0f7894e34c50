-- An intent is a wish to tell one role one thing. A message carries one intent or, as a
-- digest, several; it has a row for each channel of its role. Of an intent that a former
-- message may have told it is kept that somebody may know.
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
    decided_at text not null,
    may_be_told integer not null default 0 check (may_be_told in (0, 1))
) strict;

create index if not exists intents_by_message on intents (message_id);
create index if not exists intents_by_exception on intents (exception_id);

-- Refused is what would be refused again; dropped, what a person gave up. What is in the
-- outbox waits for its role to get a channel: nobody has been told.
create table if not exists messages (
    message_number integer primary key,
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
    -- How many of its exceptions the channel has, where it takes them one by one.
    taken integer not null default 0,
    delivered_at text,
    error text,
    unique (message_id, channel)
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
    -- The spell that it answers, and the ids of the intents that somebody knew of by
    -- then, as JSON: so no clock has to be right.
    spell integer not null default 0,
    told text not null default '[]'
) strict;

create index if not exists actions_by_exception on actions (exception_id);

-- What was open before anybody was to be told, with the class that it had: it is
-- announced to nobody.
create table if not exists known (
    exception_id text primary key,
    route_class text not null,
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

-- What was announced or awaits an answer, as the last marts that could be read had it.
create table if not exists followed (
    exception_id text primary key,
    exception text not null,
    escalations text not null
) strict;

-- A channel that asked to be left alone, and until when.
create table if not exists rests (
    channel text primary key,
    rests_until text not null
) strict;

-- What else those marts said that routing goes on with, as JSON.
create table if not exists last_marts (
    only_row integer primary key check (only_row = 1),
    as_of text not null,
    roles text not null,
    duties text not null,
    trial_rules text not null
) strict;

-- What the operator was told of builds and of routing; it has no end while it lasts.
create table if not exists notices (
    message_id text primary key,
    kind text not null,
    noted_at text not null,
    ended_at text
) strict;

create table if not exists lease (
    only_row integer primary key check (only_row = 1),
    host text not null,
    owner text not null,
    expires_at real not null
) strict;

-- The one row of what a ledger knows of itself: the folder that it sends from; the first
-- run with marts after a backup took its place, by the clock of that run, so that what had
-- been detected by then may have been told before (the year 9000 until there is one); and
-- before which instant nothing that was over is left here.
create table if not exists home (
    only_row integer primary key check (only_row = 1),
    folder text not null,
    restored_at text,
    pruned_before text
) strict;

-- The parts of the routing log that are older than the ledger, so that an export writes
-- those alone. Their sizes in rows stand in routing_log.py too.
create table if not exists changed_parts (
    kind text not null,
    part integer not null,
    primary key (kind, part)
) strict;

create trigger if not exists messages_inserted after insert on messages
begin
    insert into changed_parts values ('messages', new.message_number / 1000)
    on conflict do nothing;
end;

create trigger if not exists messages_updated after update on messages
begin
    insert into changed_parts values ('messages', new.message_number / 1000)
    on conflict do nothing;
end;

create trigger if not exists messages_deleted after delete on messages
begin
    insert into changed_parts values ('messages', old.message_number / 1000)
    on conflict do nothing;
end;

-- An intent that is written anew leaves the message that told it before: that it is
-- replaced is a deletion too, where triggers are recursive.
create trigger if not exists intents_deleted after delete on intents
begin
    insert into changed_parts
    select 'messages', message_number / 1000
    from messages
    where message_id = old.message_id
    on conflict do nothing;
end;

create trigger if not exists decisions_inserted after insert on decisions
begin
    insert into changed_parts values ('decisions', new.decision_number / 10000)
    on conflict do nothing;
end;

create trigger if not exists decisions_deleted after delete on decisions
begin
    insert into changed_parts values ('decisions', old.decision_number / 10000)
    on conflict do nothing;
end;

create trigger if not exists actions_inserted after insert on actions
begin
    insert into changed_parts values ('actions', new.action_number / 1000)
    on conflict do nothing;
end;

create trigger if not exists actions_deleted after delete on actions
begin
    insert into changed_parts values ('actions', old.action_number / 1000)
    on conflict do nothing;
end;
