-- A digest tells of the group. KEYS: state, lines, fresh, dirty, named. ARGV: id, episode, digest, rev that it shows.
local state = redis.call('HMGET', KEYS[1], 'episode', 'ts', 'posting', 'digest', 'cardRev', 'over', 'urgency')
if state[1] ~= ARGV[2] then return { 'past' } end
if state[2] then return { 'card' } end
-- Its own card may be there already: it is looked for first.
if state[3] and not state[4] then return { 'posting' } end
if state[4] and state[4] ~= ARGV[3] then return { 'other' } end
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('HSET', KEYS[1], 'digest', ARGV[3])
-- What the thread would have told is what the digest shows.
redis.call('DEL', KEYS[2])
if tonumber(state[5] or '0') > tonumber(ARGV[4]) then
  redis.call('ZADD', KEYS[4], state[7] or '0', ARGV[1])
  if state[6] ~= '1' then redis.call('ZADD', KEYS[5], state[7] or '0', ARGV[1]) end
  return { 'done' }
end
redis.call('ZREM', KEYS[4], ARGV[1])
if state[6] == '1' then
  redis.call('HDEL', KEYS[1], 'digest')
  redis.call('HSET', KEYS[1], 'postedRev', state[5])
  redis.call('ZREM', KEYS[5], ARGV[1])
else
  redis.call('ZADD', KEYS[5], state[7] or '0', ARGV[1])
end
return { 'done' }
