-- Compare-and-set on rev and fencing token; state, thread lines, audit and dirtiness in one step.
-- KEYS: state, lines, audit. ARGV: expected rev, token ('' = a person's change), phase, doc, dirty, number of lines,
-- lines…, audit…
local stored = redis.call('HMGET', KEYS[1], 'rev', 'token')
if not stored[1] then return { 'missing' } end
if ARGV[2] ~= '' and tonumber(stored[2] or '0') > tonumber(ARGV[2]) then return { 'fenced', stored[2] } end
if stored[1] ~= ARGV[1] then return { 'conflict', stored[1] } end

local lineCount = tonumber(ARGV[6])
local auditAt = 7 + lineCount
local mismatch = audit_mismatch(KEYS[3], auditAt)
if mismatch then return mismatch end

local rev = redis.call('HINCRBY', KEYS[1], 'rev', 1)
redis.call('HSET', KEYS[1], 'phase', ARGV[3], 'doc', ARGV[4])
if ARGV[5] == '1' then redis.call('HSET', KEYS[1], 'cardRev', rev) end
for i = 7, 6 + lineCount do redis.call('RPUSH', KEYS[2], ARGV[i]) end
append_audit(KEYS[3], auditAt)
return { 'done', tostring(rev) }
