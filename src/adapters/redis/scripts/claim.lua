-- KEYS: claim, turn. ARGV: rollout id. The answer names holder and time; asking again for the same rollout is no conflict,
-- so that a claim whose answer was lost can be taken again. A free claim goes to whoever waits for it and to nobody else.
local now = redis.call('TIME')
local at = string.format('%.0f', tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000))
local held = redis.call('GET', KEYS[1])
if held then return { 'held', held } end
local waiting = redis.call('GET', KEYS[2])
if waiting and waiting ~= ARGV[1] then return { 'waiting', waiting .. ' ' .. at } end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. at)
redis.call('DEL', KEYS[2])
return { 'done', ARGV[1] .. ' ' .. at }
