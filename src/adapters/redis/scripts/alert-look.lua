-- How much waits in a channel, and the most urgent of it. KEYS: fresh, dirty, named. ARGV: how many of each at most.
local reply = { tostring(redis.call('ZCARD', KEYS[1])), tostring(redis.call('ZCARD', KEYS[3])) }
for kind = 1, 3 do
  local most = tonumber(ARGV[kind])
  local found = most > 0 and redis.call('ZRANGE', KEYS[kind], 0, most - 1, 'WITHSCORES') or {}
  reply[#reply + 1] = tostring(#found)
  for i = 1, #found do reply[#reply + 1] = found[i] end
end
return reply
