-- State and undelivered lines of one moment. KEYS: state, lines. ARGV: channel ('' = any).
local state = redis.call('HMGET', KEYS[1], 'doc', 'rev', 'cardRev', 'postedRev', 'channel', 'ts', 'posting')
if not state[1] then return { 'missing' } end
if ARGV[1] ~= '' and state[5] ~= ARGV[1] then return { 'clean' } end
local lines = redis.call('LRANGE', KEYS[2], 0, -1)
if #lines == 0 and tonumber(state[3] or '0') <= tonumber(state[4] or '0') then return { 'clean' } end
local reply = { 'dirty' }
for i = 1, 7 do reply[i + 1] = state[i] or '' end
for i = 1, #lines do reply[i + 8] = lines[i] end
return reply
