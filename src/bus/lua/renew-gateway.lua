-- Renews a gateway's lease, or gives a new gateway its first, by the clock of Redis alone.
--
-- KEYS[1]   sorted set: gateway -> ms at which its lease ends
-- ARGV[1]   the gateway
-- ARGV[2]   ms for which it holds from now
-- ARGV[3]   "new" or "held"
-- result    1, or 0 when a held lease is not there any more (one that ran out still is, until it is claimed)
if ARGV[3] == 'held' and not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2], ARGV[1])
return 1
