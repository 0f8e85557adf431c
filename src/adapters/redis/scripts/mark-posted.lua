-- KEYS: state. ARGV: card rev, ts ('' = the card is gone: forget it and be dirty again).
local posted = redis.call('HGET', KEYS[1], 'postedRev')
if not posted then return { 'missing' } end
redis.call('HDEL', KEYS[1], 'posting')
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], 'ts')
  redis.call('HSET', KEYS[1], 'postedRev', 0)
else
  redis.call('HSET', KEYS[1], 'ts', ARGV[2], 'postedRev', math.max(tonumber(posted), tonumber(ARGV[1])))
end
return { 'done' }
