-- A new rollout: rev 1, dirty. KEYS: state, lines, audit. ARGV: phase, doc, channel, number of lines, lines…, audit…
if redis.call('EXISTS', KEYS[1]) == 1 then return { 'exists' } end
local auditAt = 5 + tonumber(ARGV[4])
local mismatch = audit_mismatch(KEYS[3], auditAt)
if mismatch then return mismatch end
redis.call('HSET', KEYS[1], 'rev', 1, 'token', 0, 'phase', ARGV[1], 'doc', ARGV[2], 'channel', ARGV[3],
  'cardRev', 1, 'postedRev', 0)
for i = 5, auditAt - 1 do redis.call('RPUSH', KEYS[2], ARGV[i]) end
append_audit(KEYS[3], auditAt)
return { 'done' }
