-- Deltas walk (conversation_id, version). While statistics know nothing of a partition, as in a new
-- installation, the planner thought that index as good as the key for finding one message by its seq, and
-- read the whole conversation for an edit (25,000 rows, measured). A partial index serves only statements
-- that say `version > 0`; every row has that, and only those say it that mean to walk the versions.
drop index messages_version;
create index messages_version on messages (conversation_id, version) where version > 0;
