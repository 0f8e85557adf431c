-- Takes a rollout over: a token above every one given out before and not below the floor that the cluster has seen.
-- KEYS: state. ARGV: floor. Without a state nothing is made: half a rollout would look like a corrupt one.
local stored = redis.call('HGET', KEYS[1], 'token')
if not stored then return { 'missing' } end
local token = math.max(tonumber(stored) + 1, tonumber(ARGV[1]))
local text = string.format('%.0f', token)
redis.call('HSET', KEYS[1], 'token', text)
return { 'done', text }
