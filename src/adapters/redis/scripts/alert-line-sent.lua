-- KEYS: state, lines, dirty. ARGV: id, line id. Lines are few; each begins with its id and a space.
local needle = ARGV[2] .. ' '
for _, line in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
  if string.sub(line, 1, #needle) == needle then redis.call('LREM', KEYS[2], 1, line) end
end
local state = redis.call('HMGET', KEYS[1], 'cardRev', 'postedRev')
if tonumber(state[2] or '0') >= tonumber(state[1] or '0') and redis.call('LLEN', KEYS[2]) == 0 then
  redis.call('ZREM', KEYS[3], ARGV[1])
end
return { 'done' }
