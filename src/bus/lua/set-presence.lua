-- Changes what is known of a user's devices, and tells whether that changed the user.
-- A device is a field "<gateway>/<device>": "0" while it is in use, else the ms since 1970 of its last use.
--
-- KEYS[1]          the user's hash
-- ARGV[1]          a gateway all of whose fields go ("" for none)
-- ARGV[2i], [2i+1] a field and its value; "" removes it
-- result           {before, after, lastActive}: 0 offline, 1 away, 2 online; lastActive in ms, when away
local function status()
  local last = nil
  for _, value in ipairs(redis.call('HVALS', KEYS[1])) do
    if value == '0' then return 2, 0 end
    last = math.max(last or 0, tonumber(value))
  end
  if last then return 1, last end
  return 0, 0
end

local before = status()
if ARGV[1] ~= '' then
  local prefix = ARGV[1] .. '/'
  for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    if string.sub(field, 1, #prefix) == prefix then redis.call('HDEL', KEYS[1], field) end
  end
end
for i = 2, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    redis.call('HDEL', KEYS[1], ARGV[i])
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
local after, last = status()
return { before, after, last }
