-- Whether a rollout may leave the active list. KEYS: state, lines. ARGV: end phases…
local state = redis.call('HMGET', KEYS[1], 'phase', 'cardRev', 'postedRev')
if not state[1] then return { 'missing' } end
local ended = false
for i = 1, #ARGV do ended = ended or ARGV[i] == state[1] end
if ended and tonumber(state[2] or '0') <= tonumber(state[3] or '0') and redis.call('LLEN', KEYS[2]) == 0 then
  return { 'settled' }
end
return { 'live' }
