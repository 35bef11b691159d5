-- Takes one point of each limit, or none at all when one of them is used up.
-- A limit's window opens with its first point and lasts for the time given; then all points are back.
--
-- KEYS[i]          the counter of limit i, all with one hash tag
-- ARGV[2i - 1]     the points of limit i
-- ARGV[2i]         its window in ms
-- result           {0, 0}, or {i, ms} of the limit that will hold longest, which is never 0 ms
local held, longest = 0, 0
for i, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[2 * i - 1]) then
    local left = redis.call('PTTL', key)
    if left < 0 then -- a counter without an end, which only somebody else can have made
      left = tonumber(ARGV[2 * i])
      redis.call('PEXPIRE', key, left)
    end
    left = math.max(left, 1)
    if left > longest then held, longest = i, left end
  end
end
if held > 0 then return { held, longest } end
for i, key in ipairs(KEYS) do
  -- Points given back may have brought a counter to 0 within its window, which goes on then.
  if redis.call('INCR', key) == 1 and redis.call('PTTL', key) < 0 then
    redis.call('PEXPIRE', key, ARGV[2 * i])
  end
end
return { 0, 0 }
