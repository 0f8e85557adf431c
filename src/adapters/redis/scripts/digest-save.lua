-- KEYS: state, dirty. ARGV: id, expected rev, doc, '1' = its names are the same, time of its beginning, ms that it is kept.
if redis.call('HGET', KEYS[1], 'rev') ~= ARGV[2] then return { 'conflict' } end
local rev = redis.call('HINCRBY', KEYS[1], 'rev', 1)
redis.call('HSET', KEYS[1], 'doc', ARGV[3], 'cardRev', rev)
if ARGV[4] ~= '1' then redis.call('HDEL', KEYS[1], 'marked') end
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('ZADD', KEYS[2], ARGV[5], ARGV[1])
return { 'done' }
