-- KEYS: state, lines, fresh, dirty, named. ARGV: id, card rev (0 = what it shows is not known), ts ('' = the card is gone:
-- forget it, and nobody knows of the group).
local state = redis.call('HMGET', KEYS[1], 'postedRev', 'firstRev', 'cardRev', 'urgency')
if not state[1] then return { 'missing' } end
local shown = tonumber(ARGV[2])
-- The card of an episode that is past shows nothing of this one.
if shown > 0 and shown < tonumber(state[2] or '0') then return { 'past' } end
redis.call('HDEL', KEYS[1], 'posting')
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], 'ts')
  redis.call('HSET', KEYS[1], 'postedRev', 0)
  redis.call('ZREM', KEYS[4], ARGV[1])
  redis.call('ZADD', KEYS[3], state[4] or '0', ARGV[1])
  return { 'done' }
end
local posted = math.max(tonumber(state[1]), shown)
redis.call('HDEL', KEYS[1], 'digest')
redis.call('HSET', KEYS[1], 'ts', ARGV[3], 'postedRev', posted)
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[5], ARGV[1])
if posted >= tonumber(state[3] or '0') and redis.call('LLEN', KEYS[2]) == 0 then
  redis.call('ZREM', KEYS[4], ARGV[1])
else
  redis.call('ZADD', KEYS[4], state[4] or '0', ARGV[1])
end
return { 'done' }
