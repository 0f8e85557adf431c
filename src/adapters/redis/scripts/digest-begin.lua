-- A channel's next digest. KEYS: newest, state, dirty, channels. ARGV: newest that is expected ('' = none), id, doc, channel,
-- time, ms that it is kept.
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return { 'conflict' } end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[6])
redis.call('HSET', KEYS[2], 'rev', 1, 'doc', ARGV[3], 'channel', ARGV[4], 'cardRev', 1, 'postedRev', 0, 'list', 'due')
redis.call('PEXPIRE', KEYS[2], ARGV[6])
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[2])
redis.call('SADD', KEYS[4], ARGV[4])
return { 'done' }
