-- KEYS: state, dirty. ARGV: id, card rev (0 = what it shows is not known), ts ('' = the card is gone: a fresh one is due).
local state = redis.call('HMGET', KEYS[1], 'postedRev', 'cardRev', 'list')
if not state[1] then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return { 'missing' }
end
redis.call('HDEL', KEYS[1], 'posting')
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], 'ts')
  redis.call('HSET', KEYS[1], 'postedRev', 0)
  return { 'done' }
end
local posted = math.max(tonumber(state[1]), tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], 'ts', ARGV[3], 'postedRev', posted)
if posted >= tonumber(state[2]) and state[3] ~= 'due' then redis.call('ZREM', KEYS[2], ARGV[1]) end
return { 'done' }
