-- KEYS: lock, audit. ARGV: owner id, owner e-mail ('' = unknown), doc, audit…
-- Two accounts with one address are one person: the owner may lock again, which renews reason and time.
local held = redis.call('HMGET', KEYS[1], 'owner', 'email', 'doc')
if held[1] and held[1] ~= ARGV[1] and (ARGV[2] == '' or held[2] ~= ARGV[2]) then return { 'held', held[3] } end
local mismatch = audit_mismatch(KEYS[2], 4)
if mismatch then return mismatch end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'email', ARGV[2], 'doc', ARGV[3])
append_audit(KEYS[2], 4)
return { 'done' }
