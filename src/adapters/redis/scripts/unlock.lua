-- KEYS: lock, audit. ARGV: audit… Without a lock nothing happens and nothing is recorded.
local doc = redis.call('HGET', KEYS[1], 'doc')
if not doc then return { 'none' } end
local mismatch = audit_mismatch(KEYS[2], 1)
if mismatch then return mismatch end
redis.call('DEL', KEYS[1])
append_audit(KEYS[2], 1)
return { 'done', doc }
