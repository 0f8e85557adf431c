-- KEYS: state, lines, dirty. ARGV: id, card rev (0 = what it shows is not known), ts ('' = the card is gone: forget it and be
-- dirty again).
local state = redis.call('HMGET', KEYS[1], 'postedRev', 'cardRev')
if not state[1] then return { 'missing' } end
local shown = tonumber(ARGV[2])
redis.call('HDEL', KEYS[1], 'posting')
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], 'ts')
  redis.call('HSET', KEYS[1], 'postedRev', 0)
  return { 'done' }
end
local posted = math.max(tonumber(state[1]), shown)
redis.call('HSET', KEYS[1], 'ts', ARGV[3], 'postedRev', posted)
if posted >= tonumber(state[2] or '0') and redis.call('LLEN', KEYS[2]) == 0 then redis.call('ZREM', KEYS[3], ARGV[1]) end
return { 'done' }
