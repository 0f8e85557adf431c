-- KEYS: record. ARGV: rev that must be stored ('0' = none), rev, doc.
if (redis.call('HGET', KEYS[1], 'rev') or '0') ~= ARGV[1] then return { 'conflict' } end
redis.call('HSET', KEYS[1], 'rev', ARGV[2], 'doc', ARGV[3])
return { 'done' }
