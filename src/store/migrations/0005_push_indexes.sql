-- What a device shows is looked up by its key. With an index by the conversation alone a plan made while the table was
-- empty read all of a large conversation's rows for each of its devices (10,000 devices: 7 s instead of 50 ms), and no
-- statement has a use for it.
drop index push_shown_conversation;
-- A push changes the badge of its device, which no index holds: with room in the page it stays where it is.
alter table devices set (fillfactor = 80);
