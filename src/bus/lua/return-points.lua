-- Gives one point back to each limit, if its window is still open.
--
-- KEYS      the counters, all with one hash tag
-- result    the number of limits that got a point back
local returned = 0
for _, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') > 0 then
    redis.call('DECR', key)
    returned = returned + 1
  end
end
return returned
