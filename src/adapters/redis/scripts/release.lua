-- KEYS: claim. ARGV: rollout id. Only the holder's own claim goes.
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[1] + 1) == ARGV[1] .. ' ' then redis.call('DEL', KEYS[1]) end
return { 'done' }
