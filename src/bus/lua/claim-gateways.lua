-- Hands gateways whose leases have run out to one caller, who is to clean up after them. A claim that is
-- not finished in time is handed out again.
--
-- KEYS[1]   sorted set: gateway -> ms at which its lease ends
-- KEYS[2]   sorted set: gateway that was claimed -> ms at which its lease ended
-- KEYS[3]   sorted set: gateway whose clean-up is not finished -> ms at which it was claimed
-- ARGV[1]   ms that a lease must have been over
-- ARGV[2]   ms after which an unfinished claim is handed out again
-- ARGV[3]   ms after which a claimed gateway is forgotten
-- result    {gateway, ms at which its lease ended, ...}, at most ten gateways
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local claimed = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1], 'WITHSCORES', 'LIMIT', 0, 10)
for i = 1, #claimed, 2 do
  redis.call('ZREM', KEYS[1], claimed[i])
  redis.call('ZADD', KEYS[2], claimed[i + 1], claimed[i])
  redis.call('ZADD', KEYS[3], now, claimed[i])
end
if #claimed == 0 then
  for _, gateway in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now - ARGV[2], 'LIMIT', 0, 10)) do
    redis.call('ZADD', KEYS[3], now, gateway)
    claimed[#claimed + 1] = gateway
    claimed[#claimed + 1] = redis.call('ZSCORE', KEYS[2], gateway) or tostring(now)
  end
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[3])
end
return claimed
