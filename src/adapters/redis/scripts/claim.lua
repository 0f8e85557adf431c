-- KEYS: claim. ARGV: rollout id. The answer names holder and time; asking again for the same rollout is no conflict, so
-- that a claim whose answer was lost can be taken again.
local now = redis.call('TIME')
local at = string.format('%.0f', tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000))
if redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. at, 'NX') then return { 'done', ARGV[1] .. ' ' .. at } end
return { 'held', redis.call('GET', KEYS[1]) }
