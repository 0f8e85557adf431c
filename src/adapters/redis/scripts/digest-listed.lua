-- The list was sent, or is given up. KEYS: state, dirty. ARGV: id.
local state = redis.call('HMGET', KEYS[1], 'postedRev', 'cardRev')
if not state[1] then return { 'missing' } end
redis.call('HDEL', KEYS[1], 'list')
if tonumber(state[1]) >= tonumber(state[2]) then redis.call('ZREM', KEYS[2], ARGV[1]) end
return { 'done' }
