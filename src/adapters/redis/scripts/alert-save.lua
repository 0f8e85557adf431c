-- An alert group's new state, its thread lines and records, and the end of the messages that made it, in one step.
-- KEYS: state, lines, audit, intake, open, fresh, dirty, named, channels.
-- ARGV: id, expected rev, doc ('' = the messages told nothing new), channel, episode, isOver, since, dirty, urgency,
-- number of lines, lines…, number of messages, messages…, audit…
local rev = redis.call('HGET', KEYS[1], 'rev') or '0'
if rev ~= ARGV[2] then return { 'conflict', rev } end

local linesAt = 11
local lineCount = tonumber(ARGV[10])
local messagesAt = linesAt + lineCount
local messageCount = tonumber(ARGV[messagesAt])
local auditAt = messagesAt + 1 + messageCount

-- Another replica may have folded the same messages, and then said that they told nothing new.
for i = 1, messageCount do
  local entry = ARGV[messagesAt + i]
  if #redis.call('XRANGE', KEYS[4], entry, entry) == 0 then return { 'conflict', rev } end
end
local mismatch = audit_mismatch(KEYS[3], auditAt)
if mismatch then return mismatch end

for i = 1, messageCount do redis.call('XDEL', KEYS[4], ARGV[messagesAt + i]) end
if ARGV[3] == '' then return { 'done', rev } end

local next_rev = redis.call('HINCRBY', KEYS[1], 'rev', 1)
local before = redis.call('HMGET', KEYS[1], 'episode', 'channel', 'digest')
redis.call('HSET', KEYS[1], 'doc', ARGV[3], 'channel', ARGV[4], 'episode', ARGV[5], 'over', ARGV[6], 'urgency', ARGV[9])
if before[1] ~= ARGV[5] or before[2] ~= ARGV[4] then
  -- A new episode has a card of its own. What a digest names is the one before: it must be told that it is over.
  if before[3] then redis.call('HSET', KEYS[1], 'pastDigest', before[3]) end
  redis.call('HDEL', KEYS[1], 'ts', 'posting', 'digest')
  redis.call('HSET', KEYS[1], 'postedRev', 0, 'firstRev', next_rev)
  redis.call('DEL', KEYS[2])
  redis.call('ZREM', KEYS[7], ARGV[1])
  redis.call('ZREM', KEYS[8], ARGV[1])
end
if ARGV[6] == '1' then
  redis.call('ZREM', KEYS[5], ARGV[1])
  redis.call('ZREM', KEYS[8], ARGV[1])
else
  redis.call('ZADD', KEYS[5], ARGV[7], ARGV[1])
end
if ARGV[8] == '1' then redis.call('HSET', KEYS[1], 'cardRev', next_rev) end
for i = 0, lineCount - 1 do redis.call('RPUSH', KEYS[2], ARGV[linesAt + i]) end
local place = redis.call('HMGET', KEYS[1], 'ts', 'digest')
if place[2] and not place[1] and ARGV[6] ~= '1' then redis.call('ZADD', KEYS[8], ARGV[9], ARGV[1]) end
if ARGV[8] == '1' or lineCount > 0 then
  redis.call('ZADD', (place[1] or place[2]) and KEYS[7] or KEYS[6], ARGV[9], ARGV[1])
  redis.call('SADD', KEYS[9], ARGV[4])
end
append_audit(KEYS[3], auditAt)
return { 'done', tostring(next_rev) }
