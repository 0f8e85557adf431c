-- A new incident or its new state, its thread lines and records, in one step.
-- KEYS: state, lines, audit, open, dirty, all, byKey.
-- ARGV: id, expected rev (0 = new), doc, channel, isOpen, declaredAt, dirty, key ('' = none), number of lines, lines…, audit…
local rev = redis.call('HGET', KEYS[1], 'rev') or '0'
if rev ~= ARGV[2] then return { 'conflict', rev } end

if ARGV[2] == '0' and ARGV[8] ~= '' then
  local other = redis.call('HGET', KEYS[7], ARGV[8])
  if other and redis.call('ZSCORE', KEYS[4], other) then return { 'exists', other } end
end
local lineCount = tonumber(ARGV[9])
local auditAt = 10 + lineCount
local mismatch = audit_mismatch(KEYS[3], auditAt)
if mismatch then return mismatch end

local next_rev = redis.call('HINCRBY', KEYS[1], 'rev', 1)
redis.call('HSET', KEYS[1], 'doc', ARGV[3], 'channel', ARGV[4])
if ARGV[2] == '0' then
  redis.call('HSET', KEYS[1], 'postedRev', 0)
  redis.call('ZADD', KEYS[6], ARGV[6], ARGV[1])
  if ARGV[8] ~= '' then redis.call('HSET', KEYS[7], ARGV[8], ARGV[1]) end
end
if ARGV[5] == '1' then redis.call('ZADD', KEYS[4], ARGV[6], ARGV[1]) else redis.call('ZREM', KEYS[4], ARGV[1]) end
if ARGV[7] == '1' then redis.call('HSET', KEYS[1], 'cardRev', next_rev) end
for i = 0, lineCount - 1 do redis.call('RPUSH', KEYS[2], ARGV[10 + i]) end
if ARGV[7] == '1' or lineCount > 0 then redis.call('ZADD', KEYS[5], ARGV[6], ARGV[1]) end
append_audit(KEYS[3], auditAt)
return { 'done', tostring(next_rev) }
