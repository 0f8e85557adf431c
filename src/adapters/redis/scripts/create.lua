-- A new rollout: rev 1, dirty. KEYS: state, audit. ARGV: phase, doc, channel, audit…
if redis.call('EXISTS', KEYS[1]) == 1 then return { 'exists' } end
local mismatch = audit_mismatch(KEYS[2], 4)
if mismatch then return mismatch end
redis.call('HSET', KEYS[1], 'rev', 1, 'token', 0, 'phase', ARGV[1], 'doc', ARGV[2], 'channel', ARGV[3],
  'cardRev', 1, 'postedRev', 0)
append_audit(KEYS[2], 4)
return { 'done' }
