-- Included before every script that appends audit records.
-- Records come in ARGV from `at`: the hash they were chained to, their count, then seq, hash and canonical JSON of each.
-- SHA-256 is not to be had in Lua, so the caller chains and the script verifies that nobody appended in between.

-- nil: the records may be appended. Otherwise the reply that tells the caller the true head.
local function audit_mismatch(key, at)
  if tonumber(ARGV[at + 1]) == 0 then return nil end
  local seq, hash = '0', string.rep('0', 64)
  local last = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
  if last then
    for i = 1, #last[2], 2 do
      if last[2][i] == 'seq' then seq = last[2][i + 1] end
      if last[2][i] == 'hash' then hash = last[2][i + 1] end
    end
  end
  if hash == ARGV[at] then return nil end
  return { 'head', seq, hash }
end

local function append_audit(key, at)
  for i = 0, tonumber(ARGV[at + 1]) - 1 do
    local from = at + 2 + i * 3
    redis.call('XADD', key, '*', 'seq', ARGV[from], 'hash', ARGV[from + 1], 'rec', ARGV[from + 2])
  end
end
