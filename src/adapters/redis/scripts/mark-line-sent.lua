-- KEYS: lines. ARGV: line id. Lines are few; each begins with its id and a space.
local needle = ARGV[1] .. ' '
for _, line in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if string.sub(line, 1, #needle) == needle then redis.call('LREM', KEYS[1], 1, line) end
end
return { 'done' }
