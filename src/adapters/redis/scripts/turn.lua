-- KEYS: turn. ARGV: rollout id, validity in ms. One waits at most; asking again for the same rollout keeps its place.
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return { 'held', held } end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return { 'done', ARGV[1] }
