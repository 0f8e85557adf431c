-- State and undelivered lines of one moment. KEYS: state, lines. ARGV: channel ('' = any), rev that the caller has the
-- document of ('' = none): that one is not sent again.
local state = redis.call('HMGET', KEYS[1], 'rev', 'cardRev', 'postedRev', 'channel', 'ts', 'posting')
if redis.call('HEXISTS', KEYS[1], 'doc') == 0 then return { 'missing' } end
if ARGV[1] ~= '' and state[4] ~= ARGV[1] then return { 'clean' } end
local lines = redis.call('LRANGE', KEYS[2], 0, -1)
if #lines == 0 and tonumber(state[2] or '0') <= tonumber(state[3] or '0') then return { 'clean' } end
local reply = { 'dirty', '' }
if ARGV[2] == '' or state[1] ~= ARGV[2] then reply[2] = redis.call('HGET', KEYS[1], 'doc') end
for i = 1, 6 do reply[i + 2] = state[i] or '' end
for i = 1, #lines do reply[i + 8] = lines[i] end
return reply
