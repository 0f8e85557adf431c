-- KEYS: audit. ARGV: audit…
local mismatch = audit_mismatch(KEYS[1], 1)
if mismatch then return mismatch end
append_audit(KEYS[1], 1)
return { 'done' }
