-- Who stands in on a level, or what calls nobody, and the record of it.
-- KEYS: overrides or mutes, audit. ARGV: level or name, doc ('' = no longer), audit…
local mismatch = audit_mismatch(KEYS[2], 3)
if mismatch then return mismatch end
local before = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if ARGV[2] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
append_audit(KEYS[2], 3)
return { 'done', before }
