-- KEYS: rest, audit. ARGV: rev that must be stored ('0' = none), rev, doc, audit…
if (redis.call('HGET', KEYS[1], 'rev') or '0') ~= ARGV[1] then return { 'conflict' } end
local mismatch = audit_mismatch(KEYS[2], 4)
if mismatch then return mismatch end
redis.call('HSET', KEYS[1], 'rev', ARGV[2], 'doc', ARGV[3])
append_audit(KEYS[2], 4)
return { 'done' }
